import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NativeWire
import UploadCore
import WebPage

/// Serves the page for people at `/`, and its files below `/page`.
struct PageRoutes: Sendable {
    /// What metrics call it.
    static let operation = "getPage"
    static let methods: [HTTPRequest.Method] = [.get, .head]
    let tus: TusConfiguration

    func add(to router: Router<UploadContext>, _ pipeline: RequestPipeline) {
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] {
            on(router, pipeline, "/", method) { _ in WebPage.document }
            on(router, pipeline, "/page/{file}", method) { parameters in
                WebPage.resource(named: parameters.get("file") ?? "")
            }
        }
        router.on("/page/settings.json", method: .get) { request, context in
            await pipeline.answer(request, context, to: Self.endpoint) { _ in try .json(Settings(tus)) }
        }
    }

    /// What the page has to be told by the server that it came from.
    private struct Settings: Encodable {
        /// Where uploads are created, relative to the page.
        let endpoint: String
        /// Where uploads go that name no capsule; absent for the caller's own one.
        let capsule: String?

        init(_ tus: TusConfiguration) {
            endpoint = String(tus.normalPath.dropFirst())
            capsule = tus.capsule?.text
        }
    }

    private static let endpoint = RequestPipeline.Endpoint(operation: operation, access: .anyone)

    private func on(
        _ router: Router<UploadContext>, _ pipeline: RequestPipeline, _ path: RouterPath, _ method: HTTPRequest.Method,
        resource: @escaping @Sendable (Parameters) -> PageResource?
    ) {
        router.on(path, method: method) { request, context in
            await pipeline.answer(request, context, to: Self.endpoint) { call in
                guard let resource = resource(call.parameters) else { throw Problem.notFound }
                guard Self.methods.contains(method) else { throw Problem.methodNotAllowed(allow: Self.methods) }
                return Response(resource, to: call.request)
            }
        }
    }
}

extension Response {
    /// A file of the page, or 304 if the browser has it (RFC 9110 §13.1.2).
    fileprivate init(_ resource: PageResource, to request: Request) {
        let tag = EntityTag(opaque: "sha256-\(resource.digest)")
        // Asked for again each time, so that an upgrade is there at once and a page is never made of two.
        var fields: HTTPFields = [.eTag: tag.text, .cacheControl: "no-cache"]
        for field in WebPage.securityFields {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields[name] = field.value
        }
        guard !request.has(tag) else {
            self = .bodiless(.notModified, fields)
            return
        }
        fields[.contentType] = resource.mediaType.rawValue
        fields[.contentLength] = String(resource.bytes.count)
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: resource.bytes))
        self.init(status: .ok, headers: fields, body: body)
    }
}

extension Request {
    /// Whether `If-None-Match` names a representation.
    fileprivate func has(_ tag: EntityTag) -> Bool {
        guard let field = headers[.ifNoneMatch] else { return false }
        return field.split(separator: ",").contains { element in
            EntityTag(parsing: String(element)).map { tag.matchesWeakly($0) } ?? false
        }
    }
}
