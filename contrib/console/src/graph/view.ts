// What part of a graph is seen: pan and zoom, by pointer, wheel and keyboard.
// Works on the element alone, so that moving renders nothing anew.

import type { Point } from './layout';

export interface Box extends Point
{
	width: number;
	height: number;
}

const LEAST = 0.02;
const TINY = 0.12;			// tasks are dots
const MOST = 2.5;

export class Viewport
{
	private x = 0;
	private y = 0;
	private scale = 1;
	private readonly pointers = new Map<number, Point>();
	private hasMoved = false;
	private readonly observer: ResizeObserver;
	private isFitted = true;
	private content: Box = { x: 0, y: 0, width: 1, height: 1 };

	// `frame` is what the reader sees, `layer` what moves inside it. The class
	// "is-far" is set on the frame where text could not be read.
	constructor(private readonly frame: HTMLElement, private readonly layer: SVGGElement)
	{
		frame.addEventListener('wheel', this.onWheel, { passive: false });
		frame.addEventListener('pointerdown', this.onDown);
		frame.addEventListener('pointermove', this.onMove);
		frame.addEventListener('pointerup', this.onUp);
		frame.addEventListener('pointercancel', this.onUp);
		this.observer = new ResizeObserver(() => this.isFitted && this.fit());
		this.observer.observe(frame);
	}

	// Stop to listen.
	close(): void
	{
		this.observer.disconnect();
		this.frame.removeEventListener('wheel', this.onWheel);
		this.frame.removeEventListener('pointerdown', this.onDown);
		this.frame.removeEventListener('pointermove', this.onMove);
		this.frame.removeEventListener('pointerup', this.onUp);
		this.frame.removeEventListener('pointercancel', this.onUp);
	}

	// Whether the last press of the pointer moved the picture: no click then.
	get wasDrag(): boolean
	{
		return this.hasMoved;
	}

	// Whether so much is seen that nothing can be made out.
	get isTiny(): boolean
	{
		return this.scale < TINY;
	}

	setContent(box: Box): void
	{
		this.content = box;
	}

	private apply(): void
	{
		this.layer.setAttribute('transform', `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)}) scale(${this.scale.toFixed(4)})`);
		this.frame.classList.toggle('is-far', this.scale < 0.45);
	}

	// Show all of it, not larger than life.
	fit(): void
	{
		const { clientWidth: width, clientHeight: height } = this.frame;
		const pad = 16;

		if (width === 0 || height === 0)
			return;
		this.scale = Math.max(LEAST, Math.min(1, (width - 2 * pad) / this.content.width, (height - 2 * pad) / this.content.height));
		this.x = (width - this.content.width * this.scale) / 2 - this.content.x * this.scale;
		this.y = (height - this.content.height * this.scale) / 2 - this.content.y * this.scale;
		this.isFitted = true;
		this.apply();
	}

	zoom(factor: number, at: Point = { x: this.frame.clientWidth / 2, y: this.frame.clientHeight / 2 }): void
	{
		const scale = Math.max(LEAST, Math.min(MOST, this.scale * factor));

		this.x = at.x - (at.x - this.x) * scale / this.scale;
		this.y = at.y - (at.y - this.y) * scale / this.scale;
		this.scale = scale;
		this.isFitted = false;
		this.apply();
	}

	pan(dx: number, dy: number): void
	{
		this.x += dx;
		this.y += dy;
		this.isFitted = false;
		this.apply();
	}

	// Bring a box into sight; where text could not be read, come nearer.
	reveal(box: Box): void
	{
		const { clientWidth: width, clientHeight: height } = this.frame;
		const pad = 24;

		if (this.scale < 0.45)
		{
			this.scale = 0.9;
			this.x = width / 2 - (box.x + box.width / 2) * this.scale;
			this.y = height / 3 - (box.y + box.height / 2) * this.scale;
			this.isFitted = false;
		}
		const left = box.x * this.scale + this.x;
		const top = box.y * this.scale + this.y;
		const right = left + box.width * this.scale;
		const bottom = top + box.height * this.scale;
		const dx = left < pad ? pad - left : right > width - pad ? width - pad - right : 0;
		const dy = top < pad ? pad - top : bottom > height - pad ? height - pad - bottom : 0;
		if (dx !== 0 || dy !== 0)
		{
			this.x += dx;
			this.y += dy;
			this.isFitted = false;
		}
		this.apply();
	}

	private point(event: MouseEvent): Point
	{
		const box = this.frame.getBoundingClientRect();

		return { x: event.clientX - box.left, y: event.clientY - box.top };
	}

	// The wheel alone scrolls the page, as everywhere; with Ctrl (or two
	// fingers on a touchpad, which browsers report so) it zooms.
	private readonly onWheel = (event: WheelEvent) => {
		if (event.ctrlKey || event.metaKey)
		{
			event.preventDefault();
			this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0025)), this.point(event));
		}
		else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
		{
			event.preventDefault();
			this.pan(-(event.deltaX || event.deltaY), 0);
		}
	};

	private readonly onDown = (event: PointerEvent) => {
		if (event.button !== 0 || (event.target as Element).closest('button'))
			return;
		if (this.pointers.size === 0)
			this.hasMoved = false;
		this.pointers.set(event.pointerId, this.point(event));
	};

	private readonly onMove = (event: PointerEvent) => {
		const before = this.pointers.get(event.pointerId);
		if (!before)
			return;
		const now = this.point(event);
		if (!this.hasMoved && Math.hypot(now.x - before.x, now.y - before.y) < 4)
			return;
		if (!this.hasMoved)
		{
			this.hasMoved = true;
			this.frame.setPointerCapture(event.pointerId);
		}
		const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
		if (other)
			this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)),
				{ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
		else
			this.pan(now.x - before.x, now.y - before.y);
		this.pointers.set(event.pointerId, now);
	};

	private readonly onUp = (event: PointerEvent) => {
		this.pointers.delete(event.pointerId);
	};
}
