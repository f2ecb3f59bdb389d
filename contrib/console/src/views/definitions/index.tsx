// Definitions: the list, one of them, the editor, and the tester of expressions.
//
//   #/definitions                   #/definitions/ID/text     (graph, versions, uses)
//   #/definitions/new               #/definitions/ID/edit     (?simulate=1)
//   #/definitions/actions           #/definitions/expressions

import type { ViewProps } from '..';
import { Actions } from './actions';
import { Definition } from './definition';
import { EditDefinition, NewDefinition } from './edit';
import { Expressions } from './expressions';
import { Workflows } from './list';

export function Definitions({ segments }: ViewProps)
{
	const [id, part] = segments;

	switch (id)
	{
		case undefined:
			return <Workflows />;
		case 'new':
			return <NewDefinition />;
		case 'actions':
			return <Actions />;
		case 'expressions':
			return <Expressions />;
	}
	return part === 'edit' ? <EditDefinition key={id} id={id} /> : <Definition key={id} id={id} tab={part ?? 'graph'} />;
}
