import { routerPathOf, type RouteContract } from '@causeway/contracts';
import { sendAnswer, type EdgeReply, type EdgeRequest, type HttpAnswer } from '@causeway/service-kit/http';
import {
  applyDecorators,
  Catch,
  createParamDecorator,
  Get,
  Post,
  Put,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { toHttp, type Answer } from './answer.ts';
import { readCall, type Admitted } from './read-call.ts';
import { pathOfUrl } from './thrown.ts';

/** Marks a controller's method as the handler of a route; it returns an {@link Answer}. */
export const Route = (route: RouteContract): MethodDecorator =>
  applyDecorators(METHODS[route.method](routerPathOf(route)));

const METHODS = { GET: Get, POST: Post, PUT: Put } as const;

/** The checked call of the request, as `Call<typeof the route>`. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<EdgeRequest>();
  return readCall(request, request.admitted as Admitted);
});

/** Sends what operations answer, with the status and the headers they chose. */
export class AnswerInterceptor implements NestInterceptor<Answer, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<Answer>): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((answer) => {
        const { status, headers, body } = toHttp(answer, pathOfUrl(http.getRequest<EdgeRequest>().url));
        const reply = http.getResponse<EdgeReply>().code(status);
        for (const [name, value] of Object.entries(headers)) reply.header(name, value);
        return body;
      }),
    );
  }
}

/** Answers everything that is thrown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #answerError: (error: unknown, request: EdgeRequest) => HttpAnswer;

  constructor(answerError: (error: unknown, request: EdgeRequest) => HttpAnswer) {
    this.#answerError = answerError;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendAnswer(http.getResponse<EdgeReply>(), this.#answerError(error, http.getRequest<EdgeRequest>()));
  }
}
