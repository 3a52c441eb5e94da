import { peerStop } from './dial.ts';

describe('the other end of a connection', () => {
  it('is the address that was checked, in either spelling', () => {
    expect(peerStop('93.184.216.34', '93.184.216.34')).toBeUndefined();
    expect(peerStop('2606:4700:0:0:0:0:0:1', '2606:4700::1')).toBeUndefined();
  });
  it.each(['127.0.0.1', '93.184.216.35', undefined])('is refused when it is %s', (remote) => {
    expect(peerStop(remote, '93.184.216.34')).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', stage: 'connect' });
  });
});
