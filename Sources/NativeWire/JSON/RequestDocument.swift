import FoundationEssentials
package import UploadModel

/// The JSON document of a request, whose members are known.
package protocol RequestDocument: Decodable {
    /// The schema of the document; several if it has several forms.
    static var schemas: [Schema] { get }
}

extension NewCapsuleDocument: RequestDocument { package static var schemas: [Schema] { [.newCapsule] } }
extension CapsulePatchDocument: RequestDocument { package static var schemas: [Schema] { [.capsulePatch] } }
extension MemberDocument: RequestDocument { package static var schemas: [Schema] { [.member] } }
extension NewLinkDocument: RequestDocument { package static var schemas: [Schema] { [.newLink] } }
extension NewUploadDocument: RequestDocument { package static var schemas: [Schema] { [.newUpload] } }
extension BlobLookupDocument: RequestDocument { package static var schemas: [Schema] { [.blobLookup] } }
extension BlobCopyDocument: RequestDocument { package static var schemas: [Schema] { [.blobCopy] } }
extension NewDownloadDocument: RequestDocument { package static var schemas: [Schema] { [.newDownload] } }
extension BatchItemsDocument: RequestDocument { package static var schemas: [Schema] { [.batchItems] } }
extension BatchFinishDocument: RequestDocument { package static var schemas: [Schema] { [.batchFinish] } }
extension FinishDocument: RequestDocument { package static var schemas: [Schema] { [.finish] } }
extension NewMemoryDocument: RequestDocument { package static var schemas: [Schema] { [.newMemory] } }
extension MemoryPatchDocument: RequestDocument { package static var schemas: [Schema] { [.memoryPatch] } }
extension AddedAssetDocument: RequestDocument { package static var schemas: [Schema] { [.newAsset, .newInlineAsset] } }

extension NativeJSON {
    /// Reads the document of a request. An empty body is an empty object.
    ///
    /// - Parameter report: Called before the document is read if it has members that are not known, with their paths, such as
    ///   `lenght`. They are not read.
    /// - Throws: As `decode` and `report`; `invalid_argument` for what `JSONScanner` refuses.
    package static func decodeRequest<Document: RequestDocument>(
        _ type: Document.Type, from bytes: [UInt8], unknown report: ([String]) throws(UploadError) -> Void
    ) throws(UploadError) -> Document {
        guard !bytes.isEmpty else { return try decode(type, from: bytes) }
        let unknown: [String]
        do throws(JSONScanner.Problem) {
            unknown = try JSONScanner.unknownMembers(in: bytes, of: Document.schemas)
        } catch {
            throw UploadError(.invalidArgument(error.argument, error.text))
        }
        if !unknown.isEmpty { try report(unknown) }
        return try decode(type, from: bytes, keys: .custom { RequestKey($0.last?.stringValue ?? "") })
    }

    /// The field of a document for a member in snake case. Any other form of a name, such as `chunkSize`, is unknown.
    private struct RequestKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ member: String) {
            let words = member.split(separator: "_", omittingEmptySubsequences: false)
            let isSnakeCase = words.allSatisfy { word in
                !word.isEmpty && word.utf8.allSatisfy { $0 < UInt8(ascii: "A") || $0 > UInt8(ascii: "Z") }
            }
            // No field has this name.
            guard isSnakeCase else {
                stringValue = "_" + member
                return
            }
            stringValue = words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
        }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
