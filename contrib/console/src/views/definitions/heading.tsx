// What the lists of this view have in common: tabs and the filter.

import { Tabs } from '../../parts/pills';
import { href, route, setQuery } from '../../router';

const TABS = [
	{ id: 'workflows', label: 'Workflows', href: href(['definitions']) },
	{ id: 'actions', label: 'Actions', href: href(['definitions', 'actions']) },
	{ id: 'expressions', label: 'Expressions', href: href(['definitions', 'expressions']) },
];

export function DefinitionTabs({ chosen }: { chosen: string })
{
	return <Tabs label="Definitions" tabs={TABS} chosen={chosen} />;
}

// A field whose text is the member `q` of the address.
export function Filter({ label }: { label: string })
{
	return (
		<input type="search" data-filter aria-label={label} placeholder={`${label}  ( / )`} value={route.value.query.get('q') ?? ''}
			onInput={(e) => setQuery({ q: e.currentTarget.value })} />
	);
}
