import type { Label, Provenance } from '@causeway/contracts';

/**
 * The label of what is kept. Whatever an agent supplies or the world answers is untrusted; only a result that Causeway made from its own
 * knowledge is internal. Nobody supplies a label.
 */
export function labelOf(source: Provenance['source'], holdsOutsideText: 'holds-outside-text' | 'own-words'): Label {
  return source === 'result' && holdsOutsideText === 'own-words' ? 'internal' : 'untrusted';
}
