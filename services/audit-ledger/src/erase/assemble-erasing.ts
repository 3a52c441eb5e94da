import type { Publisher } from '../publish/publisher.ts';
import { createEraser, type EraserOptions } from './eraser.ts';
import { erasureFinisher, type FinisherOptions } from './finisher.ts';

type Options = Omit<EraserOptions, 'onErased'> &
  Pick<FinisherOptions, 'log' | 'copies'> & { readonly publisher: Pick<Publisher, 'forget' | 'publishedTo'> };

/** What erases on request, and what carries it to its end. */
export function assembleErasing({ publisher, log, copies, ...options }: Options) {
  const { forget, publishedTo } = publisher;
  const finisher = erasureFinisher({ pool: options.pool, log, copies, publishedTo, forget });
  const onErased = (): void => {
    forget();
    finisher.wake();
  };
  return { finisher, erase: createEraser({ ...options, onErased }) };
}
