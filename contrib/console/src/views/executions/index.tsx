import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function Executions({ segments }: ViewProps)
{
	return <Empty title="Executions">{segments.join(' / ')}</Empty>;
}
