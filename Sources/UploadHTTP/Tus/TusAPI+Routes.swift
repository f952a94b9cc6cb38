import HTTPTypes
import Hummingbird
import HummingbirdCore
import NativeWire
import TusWire

extension TusAPI {
    /// Adds the routes of creation and of uploads, with and without a capsule before them.
    func add(to router: Router<UploadContext>, _ pipeline: RequestPipeline) {
        for prefix in ["", "/capsules/{capsule}"] {
            let path = prefix + self.path
            add(to: router, pipeline, path, TusOperation.ofCreationURL)
            add(to: router, pipeline, path + "/{upload}", TusOperation.ofUploadURL)
        }
    }

    /// Every method is taken: which one a request means may stand in its header.
    private func add(
        to router: Router<UploadContext>, _ pipeline: RequestPipeline, _ path: String, _ operations: [TusOperation]
    ) {
        for method: HTTPRequest.Method in [.get, .head, .post, .put, .patch, .delete, .options] {
            router.on(RouterPath(path), method: method) { request, context in
                await answer(request, context, pipeline, operations)
            }
        }
    }

    private func answer(
        _ request: Request, _ context: UploadContext, _ pipeline: RequestPipeline, _ allowed: [TusOperation]
    ) async -> Response {
        let operation = TusOperation(request.head, of: allowed)
        var head = request.head
        if let operation { head.method = operation.method }
        var response = await pipeline.answer(
            Request(head: head, body: request.body), context, to: endpoint(operation)
        ) { call in
            guard let operation else { throw Problem(TusRefusal.methodNotAllowed(allowed)) }
            return try await perform(operation, call)
        }
        if head.method == .head, request.method != .head, response.status == .ok {
            // Another method's answer has the body that its header announces.
            response.headers[.contentLength] = "0"
        }
        response.headers[TusField.resumable] = Tus.version
        let fields = configuration.crossOrigin.fields(for: request.headers, isOptions: operation == .options)
        for field in fields { response.headers[field.name] = field.value }
        return response
    }

    private func endpoint(_ operation: TusOperation?) -> RequestPipeline.Endpoint {
        // Browsers ask for the options without saying who they are.
        guard let operation, operation != .options else {
            return RequestPipeline.Endpoint(operation: operation?.rawValue, access: .anyone)
        }
        return RequestPipeline.Endpoint(operation: operation.rawValue, access: .caller) { Problem($0, of: operation) }
    }
}
