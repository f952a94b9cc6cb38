package import HummingbirdCore
package import Logging
import Hummingbird
import NativeWire
package import SessionCore
package import UploadCore

/// What every request passes: who calls, whether they may, what went wrong, what is counted.
package struct Front<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    private let responder: RouterResponder<UploadContext>
    private let logger: Logger

    package init(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        limits: HTTPLimits = HTTPLimits(), tus: TusConfiguration = TusConfiguration(),
        files: (any OpenFileProvider)? = nil, hasPage: Bool = true, isDeriving: Bool = false, logger: Logger
    ) {
        let api = NativeAPI(uploads: uploads, files: files, metrics: metrics, limits: limits, isDeriving: isDeriving)
        let desk = Desk(authenticator: authenticator, metrics: metrics, limits: limits, logger: logger)
        let router = Router(context: UploadContext.self)
        for route in NativeRoute.all {
            router.on(RouterPath(route.template), method: route.method) { request, context in
                await desk.answer(request, context, to: Desk.Matter(route)) { call in
                    try await api.perform(route.operation, call)
                }
            }
        }
        TusAPI(native: api, configuration: tus).add(to: router, desk)
        if hasPage { PageRoutes(tus: tus).add(to: router, desk) }
        // Of what is asked for, middleware sees what comes after it: here, only what no route takes.
        router.add(middleware: Nowhere(desk: desk))
        responder = router.buildResponder()
        self.logger = logger
    }

    /// Always answers; an error becomes a problem.
    package func respond(to request: Request, _ exchange: any Exchange) async -> Response {
        let context = UploadContext(source: .init(logger: logger, exchange: exchange))
        // Neither a route nor what stands in for the missing ones throws.
        return (try? await responder.respond(to: request, context: context)) ?? Response(.notFound)
    }
}

/// Answers where there is no route: the router's own answer has no body, and does not tell a wrong method from a wrong path.
private struct Nowhere: RouterMiddleware {
    let desk: Desk

    func handle(
        _ request: Request, context: UploadContext, next: (Request, UploadContext) async throws -> Response
    ) async throws -> Response {
        await desk.answer(request, context, to: Desk.Matter(nil)) { _ in
            let methods = NativeRoute.methods(at: request.uri.path)
            throw methods.isEmpty ? Problem.notFound : Problem.methodNotAllowed(allow: methods)
        }
    }
}
