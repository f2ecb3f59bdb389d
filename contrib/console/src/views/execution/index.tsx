import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function Execution({ segments }: ViewProps)
{
	return <Empty title="Execution">{segments.join(' / ')}</Empty>;
}
