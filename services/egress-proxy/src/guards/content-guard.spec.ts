import { gzipSync } from 'node:zlib';
import { sniffStop, typeStop } from './content-guard.ts';

describe('a content type', () => {
  it('is taken when the rule lists it, or its family, or nothing', () => {
    expect(typeStop('text/html', undefined)).toBeUndefined();
    expect(typeStop(undefined, undefined)).toBeUndefined();
    expect(typeStop('text/html', ['application/json', 'text/*'])).toBeUndefined();
    expect(typeStop('application/json', ['application/json'])).toBeUndefined();
  });
  it.each(['application/jsonx', 'texts/html', 'image/png', undefined])('%s is not when it is not listed', (type) => {
    expect(typeStop(type, ['application/json', 'text/*'])).toMatchObject({ code: 'UPSTREAM_PROTOCOL_REFUSED' });
  });
});

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
describe('a body', () => {
  it.each([
    ['text/plain', Buffer.from('hello')],
    ['text/plain', Buffer.from('<html> is how a page begins')],
    ['text/html', Buffer.from('<!doctype html><p>')],
    ['text/plain', Buffer.from('feff00680069', 'hex')],
    ['application/json', Buffer.from('{"a":"<html>"}')],
    ['application/xml', Buffer.from('<svg xmlns="x"/>')],
    ['image/png', png],
    ['image/svg+xml', Buffer.from('<svg xmlns="x"><path d="M0"/></svg>')],
    ['application/octet-stream', gzipSync('x')],
    ['application/zip', Buffer.from('504b0304', 'hex')],
    ['text/plain', Buffer.alloc(0)],
    [undefined, png],
  ])('of %s that is what it says is taken', (type, body) => {
    expect(sniffStop(body, type)).toBeUndefined();
  });
  it.each([
    ['application/json', Buffer.from('<!DOCTYPE html><p>')],
    ['application/json', Buffer.from('\ufeff \n<script>1</script>')],
    ['application/vnd.api+json', Buffer.from('<html>')],
    ['text/csv', Buffer.from('<script src=x>')],
    ['text/plain', Buffer.from('7f454c460201', 'hex')],
    ['text/plain', Buffer.from('MZ\u0000\u0001')],
    ['text/plain', gzipSync('x')],
    ['text/html', Buffer.from('%PDF-1.7')],
    ['application/json', png],
    ['image/png', Buffer.from('<svg onload=alert(1)>')],
    ['image/png', Buffer.from('504b0304', 'hex')],
    ['image/svg+xml', Buffer.from('<svg><script>1</script></svg>')],
    ['image/svg+xml', Buffer.from('<svg onload="x()"/>')],
    ['image/svg+xml', png],
  ])('that says %s and is not is refused', (type, body) => {
    expect(sniffStop(body, type)).toMatchObject({ code: 'UPSTREAM_PROTOCOL_REFUSED', stage: 'body' });
  });
});
