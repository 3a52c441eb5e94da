import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { AuditOperations } from './audit-operations.ts';

export const AUDIT_OPERATIONS = Symbol('AuditOperations');

@Controller()
export class AuditController {
  constructor(@Inject(AUDIT_OPERATIONS) private readonly audit: AuditOperations) {}

  @Route(httpApi.readAudit)
  read(@Asked() call: Call<typeof httpApi.readAudit>): Promise<Answer> {
    return this.audit.read(call);
  }

  @Route(httpApi.streamAudit)
  stream(@Asked() call: Call<typeof httpApi.streamAudit>): Promise<Answer> {
    return this.audit.stream(call);
  }

  @Route(httpApi.verifyAudit)
  verify(@Asked() call: Call<typeof httpApi.verifyAudit>): Promise<Answer> {
    return this.audit.verify(call);
  }

  @Route(httpApi.eraseData)
  erase(@Asked() call: Call<typeof httpApi.eraseData>): Promise<Answer> {
    return this.audit.erase(call);
  }

  @Route(httpApi.archiveRange)
  archive(@Asked() call: Call<typeof httpApi.archiveRange>): Promise<Answer> {
    return this.audit.archive(call);
  }

  @Route(httpApi.listArchives)
  archives(@Asked() call: Call<typeof httpApi.listArchives>): Promise<Answer> {
    return this.audit.archives(call);
  }

  @Route(httpApi.restoreRange)
  restore(@Asked() call: Call<typeof httpApi.restoreRange>): Promise<Answer> {
    return this.audit.restore(call);
  }

  @Route(httpApi.rebuildProjections)
  rebuild(@Asked() call: Call<typeof httpApi.rebuildProjections>): Promise<Answer> {
    return this.audit.rebuild(call);
  }
}
