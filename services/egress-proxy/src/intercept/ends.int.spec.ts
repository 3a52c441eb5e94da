import type { StepOutcome } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import {
  ask,
  factAt,
  HOST,
  identity,
  insideOf,
  loadCertificates,
  type Looked,
  lookedInto,
} from '../../test/intercepted.features.ts';
import { connectVia, RUN_ID, tlsIn } from '../../test/proxied.ts';
import { closeAll } from '../../test/sites.ts';
import type { Packs } from '../packs/packs.ts';

const running: Looked[] = [];
beforeAll(loadCertificates, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await closeAll();
});

async function behind(options: Parameters<typeof lookedInto>[1] = {}): Promise<Looked> {
  const made = await lookedInto(({ target, method }, response) => void response.end(`${method} ${target}`), options);
  running.push(made);
  return made;
}
const closed = (socket: { once: (event: 'close', listener: () => void) => unknown }): Promise<void> =>
  new Promise((resolve) => void socket.once('close', resolve));

describe('a tunnel that is looked into', () => {
  it.each([
    ['its run is cancelled', { runId: RUN_ID }],
    ['its agent is stopped', { agentId: 'agent-1' }],
  ])('ends at once when %s', async (_name, what) => {
    const made = await behind();
    const tls = await insideOf(made);
    tls.on('error', () => {});
    expect(await ask(tls, made.target, '/')).toMatchObject({ status: 200 });
    made.inHand.stop(what, 'it is over');
    await closed(tls.resume());
    expect(await factAt(made, 0)).toMatchObject({
      type: 'egress.failed',
      data: { code: 'KILLED', sent: true, intercepted: { requests: 1 } },
    });
  });

  it('ends when its time is over', async () => {
    const made = await behind({ egress: { tunnelMs: 700 } });
    const tls = await insideOf(made);
    tls.on('error', () => {});
    await closed(tls.resume());
    expect((await factAt(made, 0)).data['endedBy']).toBe('time');
  });

  it('ends with the credential that opened it', async () => {
    let isRevoked = false;
    const revoked = rejected('CREDENTIAL_INVALID', 'not known') as ReturnType<typeof rejected> & { ok: false };
    const made = await behind({
      outcome: () =>
        isRevoked
          ? (revoked as { ok: false; rejection: typeof revoked.rejection } & { value?: StepOutcome })
          : undefined,
    });
    const tls = await insideOf(made);
    expect(await ask(tls, made.target, '/')).toMatchObject({ status: 200 });
    isRevoked = true;
    await expect(ask(tls, made.target, '/')).rejects.toThrow();
    expect(made.server.connections()).toBe(1);
  });

  it.each([
    ['a rule that is not in force any more closes it', ['*'], [], false],
    ['it goes on through every other change', ['*'], ['*'], true],
    ['a relayed one ends when such tunnels are to be looked into', [], ['site.internal'], false],
  ])('%s', async (_name, before, after, goesOn) => {
    const told = new Set<() => void>();
    const inForce = { rules: true, now: before as readonly string[] };
    const made = await behind({
      egress: { intercept: before },
      packs: {
        mayGoOn: () => inForce.rules,
        onPolicyChange: (listener) => {
          told.add(listener);
          return () => void told.delete(listener);
        },
      },
    });
    const active = made.packs.active();
    (made.packs as { active: Packs['active'] }).active = () => ({
      ...active,
      pack: { ...active.pack, egress: { ...active.pack.egress, intercept: [...inForce.now] } },
    });
    const { socket } = await connectVia(made.port, made.target);
    const tls = await tlsIn(socket, { servername: HOST, ca: before.length > 0 ? made.ca : identity.cert });
    tls.on('error', () => {});
    const over = closed(tls.resume());
    inForce.now = after;
    inForce.rules = after.length > 0;
    for (const tell of told) tell();
    if (goesOn) expect(await ask(tls, made.target, '/')).toMatchObject({ status: 200 });
    else {
      await over;
      expect((await factAt(made, 0)).data['code']).toBe('KILLED');
    }
  });
});
