import FoundationEssentials
public import UploadCore

/// Documents as JSON (RFC 8259): names in snake case and in order, what is not there left out.
public enum NativeJSON {
    /// The media type of a merge patch (RFC 7396).
    public static let mergePatchType = "application/merge-patch+json"

    /// - Throws: Nothing for the documents of this module.
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

    /// Reads a document. No bytes at all are an empty object, since some requests need nothing said.
    ///
    /// - Throws: `invalid_argument` that names the field, or the `body` where no field is to blame or the number of one does not
    ///   fit.
    public static func decode<Document: Decodable>(
        _ type: Document.Type, from bytes: [UInt8]
    ) throws(UploadError) -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = bytes.isEmpty ? Data("{}".utf8) : Data(bytes)
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw refusal(of: error, isJSON: (try? decoder.decode(AnyObject.self, from: data)) != nil)
        } catch {
            throw UploadError(.invalidArgument("body", "is no JSON"))
        }
    }

    /// Any JSON object, whatever it holds.
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
        // Foundation does not say which field holds a number that does not fit, nor tells it from malformed text.
        case .dataCorrupted where isJSON:
            UploadError(.invalidArgument("body", "has a number that is negative, has a fraction or is too large"))
        default: UploadError(.invalidArgument("body", "is not the JSON object that this call takes"))
        }
    }

    /// A field as the client wrote it, an element of a list by its index: `inline_assets[0].type`.
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
