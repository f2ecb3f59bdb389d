// Keeps a fault in one part of the page from taking the rest with it.

import { Component, type ComponentChildren } from 'preact';
import { ErrorBox } from './error';

interface Props
{
	// another value is another thing to show: the fault is forgotten
	of: string;
	children: ComponentChildren;
}

export class Boundary extends Component<Props, { error: Error | null; of: string }>
{
	override state = { error: null as Error | null, of: '' };

	override componentDidCatch(error: Error): void
	{
		this.setState({ error, of: this.props.of });
	}

	override render()
	{
		const { error, of } = this.state;

		if (error === null || of !== this.props.of)
			return this.props.children;
		return (
			<ErrorBox error={{ message: `This cannot be shown: ${error.message}`, advice: 'A fault of the console. Try again; if it stays, report it with the address of this page.' }}
				onRetry={() => this.setState({ error: null })} />
		);
	}
}
