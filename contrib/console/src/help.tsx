// The list of keys that do something now.

import { signal } from '@preact/signals';
import { registered } from './keys';
import { Dialog } from './parts/dialog';

export const isHelpOpen = signal(false);

export function Help()
{
	if (!isHelpOpen.value)
		return null;
	const groups = registered.value.filter((list) => list.length > 0);
	return (
		<Dialog title="Keys" onClose={() => { isHelpOpen.value = false; }}>
			<div class="help">
				{groups.map((list, i) => (
					<dl key={i}>
						{list.map((k) => (
							<div key={k.keys + k.does}>
								<dt>{k.keys.split(' ').map((s) => <kbd key={s}>{s}</kbd>)}</dt>
								<dd>{k.does}</dd>
							</div>
						))}
					</dl>
				))}
			</div>
		</Dialog>
	);
}
