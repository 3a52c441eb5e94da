export { sentenceFor } from './sentences.ts';
