import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function Definitions({ segments }: ViewProps)
{
	return <Empty title="Definitions">{segments.join(' / ')}</Empty>;
}
