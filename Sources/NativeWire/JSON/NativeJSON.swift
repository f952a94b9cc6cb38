import FoundationEssentials
public import UploadModel

/// Documents as JSON (RFC 8259), with sorted names in snake case and without absent values.
public enum NativeJSON {
    /// The media type of a merge patch (RFC 7396).
    public static let mergePatchType = "application/merge-patch+json"

    /// - Throws: Never for the documents of this module.
    public static func encode(_ document: some Encodable) throws -> [UInt8] {
        if let flat = document as? any FlatDocument {
            var json = FlatJSON()
            flat.write(into: &json)
            return json.finished()
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(document))
    }

    /// Reads a document of a server. An empty body is an empty object.
    ///
    /// - Throws: `invalid_argument` with the name of the field, or `body` if the error is in no field or a number is
    ///   out of range.
    public static func decode<Document: Decodable>(
        _ type: Document.Type, from bytes: [UInt8]
    ) throws(UploadError) -> Document {
        try decode(type, from: bytes, keys: .convertFromSnakeCase)
    }

    /// Whether bytes are a JSON object in UTF-8, with no member twice and at most 16 levels.
    package static func isUnambiguousObject(_ bytes: [UInt8]) -> Bool { JSONScanner.isUnambiguousObject(bytes) }

    /// What keeps bytes from being such an object, with the index of the byte where it was noticed; nil if nothing does.
    package static func ambiguity(of bytes: [UInt8]) -> (problem: String, offset: Int)? {
        do throws(JSONScanner.Problem) {
            _ = try JSONScanner.unknownMembers(in: bytes, of: [])
            return nil
        } catch {
            let subject = error.argument == "body" ? "" : error.argument + " "
            return (subject + error.text, error.offset ?? 0)
        }
    }

    static func decode<Document: Decodable>(
        _ type: Document.Type, from bytes: [UInt8], keys: JSONDecoder.KeyDecodingStrategy
    ) throws(UploadError) -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = keys
        let data = bytes.isEmpty ? Data("{}".utf8) : Data(bytes)
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw refusal(of: error, isJSON: (try? decoder.decode(AnyObject.self, from: data)) != nil)
        } catch {
            throw UploadError(.invalidArgument("body", "is no JSON"))
        }
    }

    /// Any JSON object.
    private struct AnyObject: Decodable {}

    private static func refusal(of error: DecodingError, isJSON: Bool) -> UploadError {
        switch error {
        case .keyNotFound(let key, let context):
            UploadError(.invalidArgument(path(context.codingPath + [key]), "is missing"))
        case .typeMismatch(_, let context) where !context.codingPath.isEmpty:
            UploadError(.invalidArgument(path(context.codingPath), "has the wrong type"))
        case .valueNotFound(_, let context) where !context.codingPath.isEmpty:
            UploadError(.invalidArgument(path(context.codingPath), "must not be null"))
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            UploadError(
                .invalidArgument(
                    path(context.codingPath),
                    (context.underlyingError as? WireValueProblem)?.text ?? "has a value that cannot be"))
        // Foundation reports a number out of range without its field, and like malformed text.
        case .dataCorrupted where isJSON:
            UploadError(.invalidArgument("body", "has a number that is negative, has a fraction or is too large"))
        default: UploadError(.invalidArgument("body", "is not the JSON object that this call takes"))
        }
    }

    /// The path of a field as in the client's document, with the index of a list's element: `inline_assets[0].type`.
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                if !path.isEmpty { path += "." }
                for character in key.stringValue {
                    path += character.isUppercase ? "_" + character.lowercased() : String(character)
                }
            }
        }
    }
}
