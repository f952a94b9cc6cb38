import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import ResumableWire
import SessionCore
import Synchronization
import UploadClient
import UploadCore

extension ResumableServer {
    func answer(
        _ request: TransportRequest, _ body: [UInt8], _ end: Ending, _ manners: Manners
    ) async -> TransportResponse {
        let named = InteropVersion(request.fields)
        let version = named.flatMap { manners.versions.contains($0) ? $0 : nil }
        let id = String(request.path.prefix { $0 != "?" }.split(separator: "/").last ?? "")
        switch request.method {
        case .options:
            guard manners.hasOptions else { return Self.response(.methodNotAllowed, []) }
            return Self.response(.noContent, [], [ResumableField.uploadLimit: manners.limit.text(for: .latest)])
        case .post: return await create(request, body, end, version, manners)
        case .head:
            guard let upload = state.withLock({ $0.uploads[id] }), let version else {
                return Self.response(.notFound, [])
            }
            return Self.response(.noContent, [], upload.state.statusFields(for: version))
        case .get:
            guard let upload = state.withLock({ $0.uploads[id] }), upload.isComplete, let version else {
                return Self.response(.notFound, [])
            }
            return finished(id, upload, version, manners)
        case .patch: return await append(to: id, request, body, end, version, manners)
        case .delete:
            state.withLock { $0.uploads[id] = nil }
            return Self.response(.noContent, [])
        default: return Self.response(.methodNotAllowed, [])
        }
    }

    private func create(
        _ request: TransportRequest, _ body: [UInt8], _ end: Ending, _ version: InteropVersion?, _ manners: Manners
    ) async -> TransportResponse {
        guard let version, let creation = ResumableCreation(request.fields) else {
            if let refusal = manners.refusal { return Self.response(refusal, []) }
            state.withLock { $0.conventional.append(body) }
            return Self.response(.created, manners.isWharf ? Self.document("conventional", body) : [])
        }
        let key = request.fields[.idempotencyKey]
        let id = state.withLock { state in
            if let known = state.uploads.first(where: { $0.value.key == key })?.key { return known }
            let id = "upload-\(state.uploads.count + 1)"
            state.uploads[id] = Upload(
                length: creation.length.map { Int($0) }, key: key, digest: request.fields[.reprDigest])
            return id
        }
        let location = "\(manners.host)/files/\(id)"
        if manners.sendsInterim {
            let interim = ResumableInterim(version: version, location: location, limit: manners.limit, offset: nil)
            await request.onInterim?(interim.fields)
        }
        let known = state.withLock { $0.uploads[id]?.bytes.count ?? 0 }
        var response = await receive(
            body.dropFirst(known), into: id, isLast: creation.isComplete, request, end, version, manners)
        response.fields[.location] = location
        return response
    }

    private func append(
        to id: String, _ request: TransportRequest, _ body: [UInt8], _ end: Ending, _ version: InteropVersion?,
        _ manners: Manners
    ) async -> TransportResponse {
        guard let upload = state.withLock({ $0.uploads[id] }), let version,
            let append = try? ResumableAppend(request.fields)
        else { return Self.response(.notFound, []) }
        if append.length != nil, manners.refusesRepeatedLength { return Self.response(.badRequest, []) }
        guard append.offset == UInt64(upload.bytes.count) else {
            return Self.response(.conflict, [], upload.state.fields(for: version))
        }
        return await receive(
            body[...], into: id, isLast: append.end == .stated(isLast: true), request, end, version, manners)
    }

    private func receive(
        _ bytes: ArraySlice<UInt8>, into id: String, isLast: Bool, _ request: TransportRequest, _ end: Ending,
        _ version: InteropVersion, _ manners: Manners
    ) async -> TransportResponse {
        for start in stride(from: 0, to: bytes.count, by: manners.tellsEvery ?? max(1, bytes.count)) {
            let piece = bytes.dropFirst(start).prefix(manners.tellsEvery ?? bytes.count)
            let offset = state.withLock { state in
                state.uploads[id]?.bytes += piece
                return state.uploads[id]?.bytes.count ?? 0
            }
            guard manners.tellsEvery != nil, version.reportsProgress else { continue }
            let interim = ResumableInterim(version: version, location: nil, limit: nil, offset: UInt64(offset))
            await request.onInterim?(interim.fields)
        }
        guard var upload = state.withLock({ $0.uploads[id] }) else { return Self.response(.notFound, []) }
        guard isLast, end != .cut else { return Self.response(.created, [], upload.state.fields(for: version)) }
        if let digest = upload.digest, digest != ContentDigest.format(Digest(of: upload.bytes)) {
            state.withLock { $0.uploads[id] = nil }
            var failed = ResumableState(offset: 0, isComplete: true, length: nil).fields(for: version)
            failed[ResumableField.uploadOffset] = nil
            return Self.response(.badRequest, [], failed)
        }
        upload.isComplete = true
        state.withLock { [upload] in $0.uploads[id] = upload }
        return finished(id, upload, version, manners)
    }

    private func finished(
        _ id: String, _ upload: Upload, _ version: InteropVersion, _ manners: Manners
    ) -> TransportResponse {
        var response = Self.response(
            .created, manners.isWharf ? Self.document(id, upload.bytes) : [], upload.state.fields(for: version))
        response.fields[.contentLocation] = "/stored/\(id)"
        return response
    }

    // MARK: - Responses

    private static func document(_ id: String, _ bytes: [UInt8]) -> [UInt8] {
        let document = FinishedDocument(
            upload: id, blob: "blob-\(id)", size: UInt64(bytes.count), sha256: Digest(of: bytes).hex, name: "name",
            type: "application/octet-stream", createdAt: WireTime(Timestamp(milliseconds: 0)))
        return (try? NativeJSON.encode(document)).map(Array.init) ?? []
    }

    static func response(
        _ status: HTTPResponse.Status, _ body: [UInt8], _ fields: HTTPFields = [:]
    ) -> TransportResponse {
        TestServer.response(status, body, fields)
    }

    static func response(_ problem: Problem) -> TransportResponse { TestServer.response(problem) }

    static func collected(_ body: TransportRequest.Body) async throws -> [UInt8] {
        try await TestServer.collected(body)
    }
}

extension ResumableServer.Upload {
    var state: ResumableState {
        ResumableState(offset: UInt64(bytes.count), isComplete: isComplete, length: length.map { UInt64($0) })
    }
}
