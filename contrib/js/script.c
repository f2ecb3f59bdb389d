/*-------------------------------------------------------------------------
 *
 * script.c
 *	  Running a script.
 *
 * The engine is JavaScriptCore by its C interface.  Each script gets a context,
 * that is globals, of its own, which is gone when the script has ended: nothing
 * that one leaves behind is seen by the next.
 *
 * A script is the body of a function with the parameter "$".  What it returns
 * goes through JSON; a promise is waited for as long as it can make progress,
 * and since there is neither a timer nor I/O, that is until its reactions have
 * been run.
 *
 *-------------------------------------------------------------------------
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include <JavaScriptCore/JavaScript.h>

#include "json.h"

/*
 * Turns a value into JSON text; what JSON does not know (undefined, functions,
 * symbols) is null.  It is made before a script can change JSON or Promise.
 */
static const char to_json[] =
"const stringify = JSON.stringify;"
"return value => stringify(value) ?? 'null';";

/*
 * Says what was thrown: an error by its own words and its line, another object
 * as JSON, anything else as text.
 */
static const char to_message[] =
"const stringify = JSON.stringify, text = String, first = 2;"	/* lines before the body */
"return thrown => {"
"  if (thrown instanceof Error)"
"    return text(thrown) + (thrown.line > first ? ' (line ' + (thrown.line - first) + ')' : '');"
"  return typeof thrown === 'object' && thrown !== null ? stringify(thrown) ?? text(thrown) : text(thrown);"
"};";

/* Has a promise tell the state that it has come to; other values are as they are. */
static const char to_settle[] =
"const then = Promise.prototype.then;"
"return (value, state) => {"
"  if (!(value instanceof Promise))"
"    return false;"
"  then.call(value, data => { state.ended = true; state.data = data; },"
"            error => { state.ended = true; state.failed = true; state.error = error; });"
"  return true;"
"};";

/* The context of one script. */
typedef struct Machine
{
	JSGlobalContextRef context;
	JSObjectRef to_json;
	JSObjectRef to_message;
	JSObjectRef to_settle;
} Machine;

/* the engine, once it is prepared */
static JSContextGroupRef group;

static JSStringRef
string_of(const char *text)
{
	return JSStringCreateWithUTF8CString(text);
}

/* Calls a function without "this"; NULL: it has thrown *thrown. */
static JSValueRef
call_function(Machine *machine, JSObjectRef function, int count, const JSValueRef *args, JSValueRef *thrown)
{
	*thrown = NULL;
	return JSObjectCallAsFunction(machine->context, function, NULL, count, args, thrown);
}

/* Compiles the body of a function that has the parameter "$"; NULL: see *thrown. */
static JSObjectRef
compile_body(JSContextRef context, const char *body, JSValueRef *thrown)
{
	JSStringRef source = string_of(body);
	JSStringRef parameter = string_of("$");
	JSObjectRef function;

	*thrown = NULL;
	function = JSObjectMakeFunction(context, NULL, 1, &parameter, source, NULL, 1, thrown);
	JSStringRelease(source);
	JSStringRelease(parameter);
	return *thrown != NULL ? NULL : function;
}

/*
 * Says what is wrong with the body of a function that was not compiled: of
 * the same text as an expression the engine tells more, and in which line.
 */
static JSValueRef
explain_exception(JSContextRef context, const char *body, JSValueRef thrown)
{
	Buf			text = {0};
	JSStringRef source;
	JSValueRef	better = NULL;

	buf_printf(&text, "(function ($) {\n\n%s\n})", body);
	source = string_of(text.data);
	JSCheckScriptSyntax(context, source, NULL, 1, &better);
	JSStringRelease(source);
	buf_free(&text);
	return better != NULL ? better : thrown;
}

/* Makes a helper from its text above; those texts do not fail to compile. */
static JSObjectRef
make_helper(JSGlobalContextRef context, const char *body)
{
	JSValueRef	thrown;
	JSObjectRef maker = compile_body(context, body, &thrown);
	JSValueRef	function = JSObjectCallAsFunction(context, maker, NULL, 0, NULL, &thrown);

	JSValueProtect(context, function);
	return (JSObjectRef) function;
}

/* Appends a value that is a string. */
static void
add_string(JSContextRef context, JSValueRef value, Buf *text)
{
	JSValueRef	thrown = NULL;
	JSStringRef string = JSValueToStringCopy(context, value, &thrown);
	size_t		size;
	char	   *bytes;

	if (string == NULL || thrown != NULL)
		return;
	size = JSStringGetMaximumUTF8CStringSize(string);
	bytes = mem_alloc(size);
	size = JSStringGetUTF8CString(string, bytes, size);
	buf_add(text, bytes, size > 0 ? size - 1 : 0);
	free(bytes);
	JSStringRelease(string);
}

/* Answers with what was thrown. */
static void
answer_error(Machine *machine, JSValueRef thrown, Buf *answer)
{
	JSValueRef	again;
	JSValueRef	message = call_function(machine, machine->to_message, 1, &thrown, &again);
	Buf			text = {0};

	if (message != NULL)
		add_string(machine->context, message, &text);
	if (text.len == 0)
		buf_puts(&text, "the script has thrown a value that cannot be shown");
	buf_puts(answer, "{\"error\": ");
	json_write_string(answer, text.data, text.len);
	buf_putc(answer, '}');
	buf_free(&text);
}

/* Answers with a value. */
static void
answer_data(Machine *machine, JSValueRef value, Buf *answer)
{
	JSValueRef	thrown;
	JSValueRef	json = call_function(machine, machine->to_json, 1, &value, &thrown);

	if (json == NULL)
	{
		answer_error(machine, thrown, answer);
		return;
	}
	buf_puts(answer, "{\"data\": ");
	add_string(machine->context, json, answer);
	buf_putc(answer, '}');
}

static JSValueRef
member_of(Machine *machine, JSObjectRef object, const char *name)
{
	JSStringRef key = string_of(name);
	JSValueRef	value = JSObjectGetProperty(machine->context, object, key, NULL);

	JSStringRelease(key);
	return value;
}

/* Answers with what the script has returned, or with what a promise came to. */
static void
answer_result(Machine *machine, JSValueRef value, Buf *answer)
{
	JSObjectRef state = JSObjectMake(machine->context, NULL, NULL);
	JSValueRef	args[] = {value, state};
	JSValueRef	thrown;
	JSValueRef	is_promise;

	/* the reactions of promises have been run when this call is over */
	is_promise = call_function(machine, machine->to_settle, 2, args, &thrown);
	if (is_promise == NULL)
		answer_error(machine, thrown, answer);
	else if (!JSValueToBoolean(machine->context, is_promise))
		answer_data(machine, value, answer);
	else if (!JSValueToBoolean(machine->context, member_of(machine, state, "ended")))
		buf_puts(answer, "{\"error\": \"the promise that the script returned never ends\"}");
	else if (JSValueToBoolean(machine->context, member_of(machine, state, "failed")))
		answer_error(machine, member_of(machine, state, "error"), answer);
	else
		answer_data(machine, member_of(machine, state, "data"), answer);
}

static void
run_in(Machine *machine, const char *script, const char *context, Buf *answer)
{
	JSStringRef json = string_of(context);
	JSValueRef	argument = JSValueMakeFromJSONString(machine->context, json);
	JSValueRef	thrown;
	JSValueRef	value;
	JSObjectRef function;

	JSStringRelease(json);
	machine->to_json = make_helper(machine->context, to_json);
	machine->to_message = make_helper(machine->context, to_message);
	machine->to_settle = make_helper(machine->context, to_settle);
	function = compile_body(machine->context, script, &thrown);
	value = function == NULL ? NULL : call_function(machine, function, 1, &argument, &thrown);
	if (function == NULL)
		thrown = explain_exception(machine->context, script, thrown);
	if (value == NULL)
		answer_error(machine, thrown, answer);
	else
		answer_result(machine, value, answer);
}

/*
 * Runs a script with its context (JSON text) and appends the answer: an object
 * with "data", a value, or "error", a text.
 */
void
script_run(const char *script, const char *context, Buf *answer)
{
	Machine		machine = {.context = JSGlobalContextCreateInGroup(group, NULL)};

	run_in(&machine, script, context, answer);
	JSGlobalContextRelease(machine.context);
}

/* Has the engine start what it needs, its threads above all, before they are forbidden. */
void
script_prepare(void)
{
	Buf			answer = {0};

	group = JSContextGroupCreate();
	script_run("return [$].map(x => x + 1);", "1", &answer);
	buf_free(&answer);
}
