// JSON with numbers as they were written: those that a browser could not keep
// (beyond 2^53, or with more digits than it has) stay texts that are written
// again as they came.

interface RawNumber
{
	readonly rawJSON: string;
}

interface NewerJson
{
	parse(text: string, reviver: (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown): unknown;
	rawJSON?(text: string): RawNumber;
	isRawJSON?(value: unknown): value is RawNumber;
}

const json = JSON as unknown as NewerJson;

// Digits that every number of them keeps.
const SAFE_DIGITS = 15;

// The value of a text. Where the browser cannot keep a number as it is, and is
// too old to be told so, it is rounded as ever. Fails as JSON.parse does.
export function parseJson(text: string): unknown
{
	if (!json.rawJSON)
		return JSON.parse(text);
	return json.parse(text, (_, value, context) => (
		typeof value === 'number' && context?.source !== undefined && context.source.length > SAFE_DIGITS && String(value) !== context.source
			? json.rawJSON!(context.source) : value));
}

// The text of a number that is kept as such; null: it is another value.
export function exactNumber(value: unknown): string | null
{
	return json.isRawJSON?.(value) ? value.rawJSON : null;
}
