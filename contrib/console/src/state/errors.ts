// What the errors of the engine say, without what wraps it.

// The part of an error that says what happened: texts of the engine wrap it in
// "The action raised an exception [action_ex_id=…, msg='…', action_cls='…']".
export function essence(error: string | null): string
{
	if (error === null || error === '')
		return 'It failed, and said no more.';
	const wrapped = /^The action raised an exception \[.*?msg='([\s\S]*?)'(?:, \w+='[^']*')*\]$/.exec(error.trim());
	const failed = /^Failed to run task \[error=([\s\S]*), wf=[^,\]]*, task=[^,\]]*\]$/.exec(error.trim());

	return wrapped?.[1] ?? failed?.[1] ?? messageOf(error) ?? error;
}

// The message of an error that is an object, as those of SQL are.
function messageOf(error: string): string | null
{
	try
	{
		const { message } = JSON.parse(error) as { message?: unknown };
		return typeof message === 'string' && message !== '' ? message : null;
	}
	catch
	{
		return null;
	}
}

// The first cause in the state_info of an execution, which lists the tasks
// that failed it with their errors: "charge: the card was declined".
export function firstCause(info: string | null): string
{
	const [, task, error] = /^  (\S.*?) \[task_ex_id=[^\]]*\] -> ([\s\S]*?)(?:\n    \[|\n\n|$)/m.exec(info ?? '') ?? [];

	return task === undefined ? info ?? '' : `${task}: ${essence(error)}`;
}
