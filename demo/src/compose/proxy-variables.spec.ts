import { proxyVariables } from './proxy-variables.ts';

const handover = { runId: 'run_1', token: 'cwa_x', gatewayUrl: 'http://gateway:8080' };

describe('what the programs of an agent are told of a proxy', () => {
  it('is the forward proxy with the credential of the run, and that the gateway is reached without it', () => {
    const address = 'http://run_1:cwa_x@egress-proxy:4716';
    expect(proxyVariables(handover, 'egress-proxy:4716')).toEqual({
      ...{ http_proxy: address, https_proxy: address, no_proxy: 'gateway' },
      ...{ HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: 'gateway' },
    });
  });

  it('is nothing where there is none', () => {
    expect(proxyVariables(handover, undefined)).toEqual({});
  });
});
