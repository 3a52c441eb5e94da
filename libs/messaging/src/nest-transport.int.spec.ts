import 'reflect-metadata';
import { defineQuery, type RequestMeta } from '@causeway/contracts';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { of } from 'rxjs';
import { z } from 'zod';
import type { Bus, Incoming } from './bus.ts';
import { createDuty, type Duty } from './duty.ts';
import { BusTransport, Handles } from './nest-transport.ts';
import { DependencyError, ok, rejected } from './reply.ts';

const query = <Name extends string>(name: Name) =>
  defineQuery({
    owner: 'resource-store',
    name,
    data: z.strictObject({ n: z.int() }),
    reply: z.strictObject({ n: z.int() }),
    rejections: [],
  });
const double = query('double');
const observe = query('observe');
const refuse = query('refuse');
const depend = query('depend');
const crash = query('crash');
const seldom = query('seldom');

@Controller()
class Numbers {
  readonly factor = 2;

  @Handles(double)
  double({ data }: Incoming<typeof double>) {
    return Promise.resolve(ok({ n: data.n * this.factor }));
  }

  @Handles(observe)
  observe({ data }: Incoming<typeof observe>) {
    return of(ok({ n: data.n }));
  }

  @Handles(refuse)
  refuse() {
    return rejected('RESOURCE_NOT_FOUND', 'no such number');
  }

  @Handles(depend)
  async depend(): Promise<never> {
    throw new DependencyError('LEDGER_UNAVAILABLE', 'the ledger does not answer');
  }

  @Handles(seldom, { on: 'watch' })
  async seldom({ data }: Incoming<typeof seldom>) {
    return ok({ n: data.n });
  }

  @Handles(crash)
  crash(): never {
    throw new TypeError('n is not a number');
  }
}

@Module({ controllers: [Numbers] })
class NumbersModule {}

const META: RequestMeta = { id: 'request-1', actor: { kind: 'operator', id: 'ada' } };
let infra: TestInfrastructure;
let app: INestMicroservice;
let caller: Bus;
let watch: Duty;
const logged: object[] = [];

beforeAll(async () => {
  infra = await testInfrastructure();
  const error = (facts: object) => void logged.push(facts);
  const bus = await infra.connect('resource-store', { info: () => {}, warn: () => {}, error });
  caller = await infra.connect('gateway');
  watch = createDuty(bus);
  const strategy = new BusTransport(bus, { watch });
  app = await NestFactory.createMicroservice(NumbersModule, { strategy, logger: false });
  await app.listen();
});
afterAll(async () => {
  await app.close();
  await infra.stop();
});

const ask = (contract: typeof double, n: unknown = 3) => caller.request(contract, { n: n as number }, META);

describe('a controller on the bus', () => {
  it('answers what its method returns, as a promise, a value or an observable', async () => {
    expect(await ask(double)).toEqual({ ok: true, value: { n: 6 } });
    expect(await ask(observe)).toEqual({ ok: true, value: { n: 3 } });
    expect(await ask(refuse)).toMatchObject({
      ok: false,
      rejection: { code: 'RESOURCE_NOT_FOUND', detail: 'no such number' },
    });
  });

  it('is not asked when the data does not fit', async () => {
    expect(await ask(double, 'three')).toMatchObject({
      ok: false,
      rejection: { code: 'REQUEST_INVALID', errors: [{ path: 'n' }] },
    });
  });

  it('answers with the dependency that its method misses', async () => {
    expect(await ask(depend)).toEqual({
      ok: false,
      rejection: { code: 'LEDGER_UNAVAILABLE', detail: 'the ledger does not answer' },
    });
  });

  it('answers INTERNAL when its method fails, and the log has the error itself', async () => {
    logged.length = 0;
    expect(await ask(crash)).toMatchObject({ ok: false, rejection: { code: 'INTERNAL' } });
    expect(logged).toMatchObject([{ err: { name: 'TypeError', message: 'n is not a number' } }]);
  });

  it('is asked what it handles on duty only while the duty is on', async () => {
    const askSeldom = (timeoutMs: number) => caller.request(seldom, { n: 3 }, META, { timeoutMs });
    expect(await askSeldom(300)).toMatchObject({ rejection: { facts: { reachedNobody: true } } });
    watch.begin();
    expect(await askSeldom(5_000)).toEqual({ ok: true, value: { n: 3 } });
  });

  it('does not start when it handles something on a duty that there is not', async () => {
    const bus = await infra.connect('resource-store');
    const other = await NestFactory.createMicroservice(NumbersModule, {
      strategy: new BusTransport(bus),
      logger: false,
    });
    await expect(other.listen()).rejects.toThrow('qry.resource-store.seldom is to be served on the duty watch');
  });
});
