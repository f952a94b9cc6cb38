import HTTPWire
import Hummingbird
package import HummingbirdCore
package import Logging

/// Answers the requests of the server's connections: routes them to the protocols, and answers those without a route
/// with 404 or 405.
package final class RootResponder: Sendable {
    private let responder: RouterResponder<UploadContext>
    private let protocols: UploadProtocols
    private let logger: Logger
    private let date = DateField()

    package init(_ protocols: UploadProtocols, authenticator: any Authenticator, logger: Logger) {
        let router = Router(context: UploadContext.self)
        protocols.mount(on: router, at: "", channel: \.requestChannel) { request, _ in
            try await authenticator.caller(of: request.head)
        }
        // Middleware that follows the routes sees only requests without a route.
        router.add(middleware: NotFoundMiddleware(protocols: protocols))
        responder = router.buildResponder()
        self.protocols = protocols
        self.logger = logger
    }

    /// Never fails: errors become responses of their protocol.
    package func respond(to request: Request, _ requestChannel: any RequestChannel) async -> Response {
        let context = UploadContext(source: .init(logger: logger, requestChannel: requestChannel))
        // Neither routes nor the middleware throw.
        let response = (try? await responder.respond(to: request, context: context)) ?? Response(status: .notFound)
        return dated(response)
    }

    /// The response to a malformed request.
    func response(to failure: RequestFailure) -> Response { dated(protocols.response(to: failure)) }

    private func dated(_ response: consuming Response) -> Response {
        response.headers[.date] = date.text
        return response
    }
}

/// Answers requests without a route. The router's own response has no body, and does not distinguish a wrong method
/// from a wrong path.
private struct NotFoundMiddleware: RouterMiddleware {
    let protocols: UploadProtocols

    func handle(
        _ request: Request, context: UploadContext, next: (Request, UploadContext) async throws -> Response
    ) async throws -> Response {
        await protocols.respondToUnknown(request, context)
    }
}
