import { Empty } from '../../parts/empty';
import type { ViewProps } from '..';

export function System({ segments }: ViewProps)
{
	return <Empty title="System">{segments.join(' / ')}</Empty>;
}
