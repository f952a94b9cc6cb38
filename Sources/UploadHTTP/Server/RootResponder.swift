package import HummingbirdCore
package import Logging
import Hummingbird
import NativeWire
package import SessionCore
package import UploadCore

/// What every request passes: who calls, whether they may, what went wrong, what is counted.
package struct RootResponder<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    private let responder: RouterResponder<UploadContext>
    private let logger: Logger

    package init(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        limits: HTTPLimits = HTTPLimits(), tus: TusConfiguration = TusConfiguration(),
        files: (any OpenFileProvider)? = nil, hasPage: Bool = true, isDeriving: Bool = false, logger: Logger
    ) {
        let api = NativeAPI(uploads: uploads, files: files, metrics: metrics, limits: limits, isDeriving: isDeriving)
        let pipeline = RequestPipeline(authenticator: authenticator, metrics: metrics, limits: limits, logger: logger)
        let router = Router(context: UploadContext.self)
        for route in NativeRoute.all {
            router.on(RouterPath(route.template), method: route.method) { request, context in
                await pipeline.answer(request, context, to: RequestPipeline.Endpoint(route)) { call in
                    try await api.perform(route.operation, call)
                }
            }
        }
        TusAPI(native: api, configuration: tus).add(to: router, pipeline)
        if hasPage { PageRoutes(tus: tus).add(to: router, pipeline) }
        // Of what is asked for, middleware sees what comes after it: here, only what no route takes.
        router.add(middleware: NotFoundMiddleware(pipeline: pipeline))
        responder = router.buildResponder()
        self.logger = logger
    }

    /// Always answers; an error becomes a problem.
    package func respond(to request: Request, _ requestChannel: any RequestChannel) async -> Response {
        let context = UploadContext(source: .init(logger: logger, requestChannel: requestChannel))
        // Neither a route nor what stands in for the missing ones throws.
        return (try? await responder.respond(to: request, context: context)) ?? Response(.notFound)
    }
}

/// Answers where there is no route: the router's own answer has no body, and does not tell a wrong method from a wrong path.
private struct NotFoundMiddleware: RouterMiddleware {
    let pipeline: RequestPipeline

    func handle(
        _ request: Request, context: UploadContext, next: (Request, UploadContext) async throws -> Response
    ) async throws -> Response {
        await pipeline.answer(request, context, to: RequestPipeline.Endpoint(nil)) { _ in
            let methods = NativeRoute.methods(at: request.uri.path)
            throw methods.isEmpty ? Problem.notFound : Problem.methodNotAllowed(allow: methods)
        }
    }
}
