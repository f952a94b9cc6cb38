import HTTPTypes
import HTTPWire
import HummingbirdCore
import NIOCore
import NativeWire
import UploadCore
import WebPage

/// The web page at `/`, the one for guests with an upload link at `/drop`, and their files below `/page`.
struct PageRoutes: UploadProtocol {
    private static let operation = "getPage"
    private static let methods: [HTTPRequest.Method] = [.get, .head]
    let tus: TusConfiguration
    /// The fields of the page's files.
    private let securityFields: HTTPFields

    init(tus: TusConfiguration, contentOrigin: WebOrigin?) {
        self.tus = tus
        securityFields = HTTPFields(
            WebPage.securityFields(contentOrigin: contentOrigin?.text).compactMap { field in
                HTTPField.Name(field.name).map { HTTPField(name: $0, value: field.value) }
            })
    }

    var operations: [String] { [Self.operation] }

    var routes: [Route] {
        [
            Route("/") { endpoint($0) { _ in WebPage.document } },
            Route("/drop") { endpoint($0) { _ in WebPage.dropDocument } },
            Route("/page/{file}") { endpoint($0) { WebPage.resource(named: $0.parameter("file") ?? "") } },
            Route(
                .get, "/page/settings.json",
                Endpoint(Self.operation, access: .anyone) { _ in try .json(Settings(tus)) }),
        ]
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response { Response(Problem(failure)) }

    private func endpoint(
        _ request: HTTPRequest, resource: @escaping @Sendable (AuthenticatedRequest) -> PageResource?
    ) -> Endpoint {
        let isAllowed = Self.methods.contains(request.method)
        return Endpoint(Self.operation, access: .anyone) { [securityFields] request in
            guard let resource = resource(request) else { throw RequestFailure.notFound }
            guard isAllowed else { throw RequestFailure.methodNotAllowed(allow: Self.methods) }
            return Response(resource, to: request.request, securityFields)
        }
    }

    /// The settings that the page fetches from its server.
    private struct Settings: Encodable {
        /// The URL for creating uploads, relative to the page.
        let endpoint: String
        /// The capsule of the uploads; absent for the caller's default one.
        let capsule: String?

        init(_ tus: TusConfiguration) {
            endpoint = String(tus.normalPath.dropFirst())
            capsule = tus.capsule?.text
        }
    }
}

extension Response {
    /// A file of the page, or 304 if the browser has it (RFC 9110 §13.1.2).
    fileprivate init(_ resource: PageResource, to request: Request, _ securityFields: HTTPFields) {
        let tag = EntityTag(opaque: "sha256-\(resource.digest)")
        // Revalidated each time: an upgrade shows at once, and a page never mixes files of two versions.
        var fields: HTTPFields = [.eTag: tag.text, .cacheControl: "no-cache"]
        for field in securityFields { fields[field.name] = field.value }
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
    /// Whether `If-None-Match` matches a tag.
    fileprivate func has(_ tag: EntityTag) -> Bool {
        guard let field = headers[.ifNoneMatch] else { return false }
        return field.split(separator: ",").contains { element in
            EntityTag(parsing: String(element)).map { tag.matchesWeakly($0) } ?? false
        }
    }
}
