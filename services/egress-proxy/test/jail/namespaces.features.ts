import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { canInstallSystemPackages, findCommand, installSystemPackage, silent } from '@causeway/provisioning';
import { runProgram } from '@causeway/testing';
import { CANARY, NAME_SERVER, SITE, WIRE } from './addresses.ts';

/** A network namespace that is held open by a process, and the words that run a command in it. */
export type Network = { readonly pid: number; readonly enter: readonly string[] };
export type Networks = {
  /** Where egress-proxy runs: its only way out is a wire to the internet. */
  readonly proxySide: Network;
  readonly internet: Network;
  readonly close: () => void;
};

const PACKAGES: Readonly<Record<string, string>> = { ip: 'iproute2', ping: 'iputils-ping', unshare: 'util-linux' };

/** Programs of Debian that namespaces need; installed where that is possible and they are missing. */
export async function namespacePrograms(): Promise<void> {
  for (const [program, name] of Object.entries(PACKAGES)) {
    const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
    if (!findCommand(program, folders) && canInstallSystemPackages()) await installSystemPackage(name, silent);
    if (!findCommand(program, folders))
      throw new Error(`${program} is needed and is not there; install it (Debian: apt-get install ${name})`);
  }
}

const WAYS = [[], ['--user', '--map-root-user']];

/**
 * Two networks with a wire between them. As root they are made as they are, for everybody else in a user namespace. Throws, with what the kernel
 * said, where neither is allowed.
 */
export async function twoNetworks(folder: string): Promise<Networks> {
  await namespacePrograms();
  const refusals: string[] = [];
  for (const flags of WAYS) {
    const kept: ChildProcess[] = [];
    const close = (): void => kept.forEach((child) => child.kill('SIGKILL'));
    try {
      const outer = await keep(['unshare', ...flags, '--net', '--mount']);
      kept.push(outer);
      const proxySide = networkOf(outer, flags.length > 0);
      const inner = await keep([...proxySide.enter, 'unshare', '--net']);
      kept.push(inner);
      const internet = networkOf(inner, flags.length > 0);
      await wire(proxySide, internet, folder);
      return { proxySide, internet, close };
    } catch (error) {
      close();
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `no network namespace can be made here, as root or in a user namespace; allow one of them (${refusals.join('; ')})`,
  );
}

const networkOf = ({ pid = 0 }: ChildProcess, isUser: boolean): Network => ({
  pid,
  enter: ['nsenter', `--target=${pid}`, '--net', '--mount', ...(isUser ? ['--user', '--preserve-credentials'] : [])],
});

/** Starts a process that does nothing, and ends with this one. */
async function keep([program = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, [...args, 'sh', '-c', 'echo kept; exec cat']);
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${program} ${args.join(' ')}: ${said.trim()}`);
  });
  ended.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), ended]);
  return child;
}

/** Neighbours are told, so that nothing but what programs send goes over the wire. */
async function wire(proxySide: Network, internet: Network, folder: string): Promise<void> {
  const { proxy, internet: far } = WIRE;
  const end = ({ device, v4, v6, mac }: (typeof WIRE)['proxy' | 'internet'], other: typeof far | typeof proxy) => `
    ip link set lo up
    ip link set ${device} address ${mac} addrgenmode none
    ip addr add ${v4}/30 dev ${device}
    ip -6 addr add ${v6}/64 dev ${device} nodad
    ip link set ${device} up
    ip neigh add ${other.v4} lladdr ${other.mac} dev ${device} nud permanent
    ip -6 neigh add ${other.v6} lladdr ${other.mac} dev ${device} nud permanent`;
  await inShell(proxySide, [
    `ip link add ${proxy.device} type veth peer name ${far.device} netns ${internet.pid}`,
    end(proxy, far),
    `ip route add default via ${far.v4} dev ${proxy.device}`,
    `ip -6 route add default via ${far.v6} dev ${proxy.device}`,
    `echo nameserver ${NAME_SERVER} > ${join(folder, 'resolv.conf')}`,
    `mount --bind ${join(folder, 'resolv.conf')} /etc/resolv.conf`,
  ]);
  const addresses = [SITE, NAME_SERVER, ...Object.values(CANARY)];
  const added = addresses.map((ip) =>
    ip.includes(':') ? `ip -6 addr add ${ip}/128 dev lo nodad` : `ip addr add ${ip}/32 dev lo`,
  );
  await inShell(internet, [end(far, proxy), ...added]);
}

/** Runs lines of shell in a network; throws with what they said when one fails. */
export async function inShell({ enter: [program = '', ...args] }: Network, lines: readonly string[]): Promise<string> {
  const ran = await runProgram(program, [...args, 'sh', '-ec', lines.join('\n')], { cwd: '/', env: {} });
  if (ran.code !== 0) throw new Error(`a network could not be made: ${ran.stderr.trim()}`);
  return ran.stdout;
}

export type JailOptions = {
  /** An empty folder. */
  readonly root: string;
  /** Of the proxy, which is all that the jail has. */
  readonly socket: string;
  readonly port: number;
};

/** The words that run a command in a jail: a network of its own with nothing but its loopback, no rights, none of the machine's files and processes. */
export const inJail = ({ enter }: Network, { root, socket, port }: JailOptions): readonly string[] => [
  ...enter,
  ...['unshare', '--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'],
  ...['sh', join(import.meta.dirname, 'jail.sh'), root, socket, String(port), process.execPath, import.meta.dirname],
];
