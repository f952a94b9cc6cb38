import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import NIOCore
import SessionCore
import UploadCore
import UploadDerivation
import UploadHTTP
import UploadTransfer

/// A protocol with a form of its own for everything: whole uploads by name, XML errors, and callers by a field.
struct ToyProtocol<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: UploadProtocol {
    let transfer: TransferService<Store, Blobs, Time>

    let operations = ["toyPut", "toyFail"]
    let failureCodes = ["toy_code"]

    var routes: [Route] {
        [
            Route(.put, "/toy/{name}", Endpoint("toyPut", respond: put)),
            Route(.get, "/toy/{name}", Endpoint("toyFail") { _ in throw RequestFailure.toy }),
        ]
    }

    var crossOrigin: CrossOriginAccess? {
        CrossOriginAccess(.any, methods: [.put], requestFields: [.contentType], responseFields: [.eTag])
    }

    private func put(_ request: AuthenticatedRequest) async throws -> Response {
        let upload = BeginRequest(
            capsule: try await transfer.capsule(nil, of: request.principal),
            asset: AssetMetadata(name: request.parameter("name") ?? ""), length: try request.contentLength())
        let began = try await transfer.receiveWhole(
            request.request.body, upload, accessCheck: .beforeBody, by: request.principal)
        return .bodiless(.noContent, [.eTag: began.record.id.text])
    }

    func caller(of request: HTTPRequest, _ authenticate: CallerSource) async throws -> Caller? {
        request.headerFields[.userAgent].map { Caller(principal: Principal($0)) }
    }

    func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint) {
        if error.code == .tooLarge { failure.status = .badRequest }
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response {
        let text = "<Error><Code>\(failure.code)</Code></Error>"
        return .bytes(
            ByteBuffer(string: text), contentType: "application/xml", status: failure.status, failure.fields)
    }

    func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint) {
        response.headers[.server] = "toy"
    }
}

extension RequestFailure {
    static let toy = RequestFailure(.tooEarly, "toy_code", "Too early.", "Wait.")
}
