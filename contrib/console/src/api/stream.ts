// Live changes: server-sent events, read with fetch() since EventSource cannot
// send who we are.

import { useEffect, useRef } from 'preact/hooks';
import { hasFeature } from '../state/who';
import { send, type ApiError, type Query } from './client';

interface Message
{
	id?: string;
	event: string;
	data: string;
}

// Split a stream of bytes into messages, as the HTML standard says.
async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message>
{
	const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
	let rest = '';
	let message: Message = { event: 'message', data: '' };
	let lastId: string | undefined;

	for (;;)
	{
		const { done, value } = await reader.read();
		if (done)
			return;
		const lines = (rest + value).split(/\r\n|\n|\r/);
		rest = lines.pop() ?? '';
		for (const line of lines)
		{
			const [, name, text = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
			if (line === '')
			{
				if (message.data !== '' || message.event !== 'message')
					yield { ...message, id: lastId };
				message = { event: 'message', data: '' };
			}
			else if (name === 'data')
				message.data += (message.data === '' ? '' : '\n') + text;
			else if (name === 'event')
				message.event = text;
			else if (name === 'id')
				lastId = text;
		}
	}
}

const pause = (ms: number, signal: AbortSignal) => new Promise<void>((done) => {
	const timer = setTimeout(done, ms);
	signal.addEventListener('abort', () => { clearTimeout(timer); done(); }, { once: true });
});

// Follow `query` until the signal says so, or what is followed is gone. Calls
// onChange after a change, also one that was made while there was no stream: the
// server compares the version that was seen last.
async function follow(query: Query, signal: AbortSignal, onChange: () => void): Promise<void>
{
	let lastId: string | undefined;
	let failures = 0;

	while (!signal.aborted)
	{
		let after: number | null = null;
		try
		{
			const response = await send('GET', 'v2/events/stream', {
				query, signal, headers: { accept: 'text/event-stream', ...(lastId ? { 'last-event-id': lastId } : {}) },
			});
			failures = 0;
			for await (const message of messages(response.body!))
			{
				lastId = message.id ?? lastId;
				if (message.event !== 'ready')
					onChange();
				if (message.event === 'gone')
					return;
			}
		}
		catch (error)
		{
			const { status, retryAfter } = error as ApiError;
			// there is no such stream, or not for us: the page asks at times anyway
			if (signal.aborted || (status >= 400 && status < 500 && status !== 408 && status !== 429))
				return;
			failures += 1;
			after = retryAfter ?? null;
		}
		await pause(Math.max((after ?? 0) * 1000, Math.min(60_000, 1000 * 2 ** failures)), signal);
	}
}

// Call onChange when something has changed, at most once in `every` ms (1000):
// many changes are one call. The query names an execution_id or workflow_name,
// or nothing: the newest executions. Null as a query follows nothing. Where there is no
// stream, nothing is called, so who uses this also asks at longer intervals.
export function useChanges(query: Query | null, onChange: () => void, every = 1000): void
{
	const latest = useRef(onChange);
	const key = JSON.stringify(query);

	latest.current = onChange;
	useEffect(() => {
		const abort = new AbortController();
		let timer = 0;
		let lastCall = 0;

		if (query === null || !hasFeature('live'))
			return undefined;
		const call = () => {
			timer = 0;
			lastCall = Date.now();
			latest.current();
		};
		void follow(query, abort.signal, () => {
			if (timer === 0)
				timer = window.setTimeout(call, Math.max(100, lastCall + every - Date.now()));
		});
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [key]);
}
