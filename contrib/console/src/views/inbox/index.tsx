import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function Inbox({ segments }: ViewProps)
{
	return <Empty title="Inbox">{segments.join(' / ')}</Empty>;
}
