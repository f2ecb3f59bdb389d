import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function Task({ segments }: ViewProps)
{
	return <Empty title="Task">{segments.join(' / ')}</Empty>;
}
