import HTTPTypes

/// An error whose response has header fields in addition to its own.
struct FieldedError: Error {
    let cause: any Error
    var fields: HTTPFields
}
