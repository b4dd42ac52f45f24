'use client';

import { type RefObject, useEffect, useRef, useState } from 'react';

/** Sizes in CSS pixels, and the colours of the theme in force. */
export interface CanvasLook {
  width: number;
  height: number;
  dark: boolean;
  colour: (name: `--${string}`) => string;
}

/**
 * A canvas that is drawn at the screen's own resolution, again whenever its width, the theme or what it shows changes.
 * @param draw must keep its identity while it would draw the same
 */
export function useCanvas(
  height: number,
  dark: boolean,
  draw: (context: CanvasRenderingContext2D, look: CanvasLook) => void,
): { ref: RefObject<HTMLCanvasElement | null>; width: number } {
  const ref = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return;
    const observer = new ResizeObserver(() => setWidth(canvas.clientWidth));
    observer.observe(canvas);
    setWidth(canvas.clientWidth);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(canvas);
    draw(context, { width, height, dark, colour: (name) => style.getPropertyValue(name) });
  }, [width, height, dark, draw]);
  return { ref, width };
}
