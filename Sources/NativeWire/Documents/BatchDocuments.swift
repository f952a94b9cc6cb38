import HTTPTypes

/// The first part of `POST /v1/blobs/batch`, named `items`: what the parts with the files do not say.
public struct BatchItemsDocument: Codable, Hashable, Sendable {
    /// One entry for each file, in their order.
    public var items: [BatchItemDocument]

    public init(items: [BatchItemDocument]) {
        self.items = items
    }
}

/// One file of a batch. Members that are present win over what the part of the file says.
public struct BatchItemDocument: Codable, Hashable, Sendable {
    public var name: String?
    public var type: String?
    /// The expected SHA-256 in hexadecimal.
    public var sha256: String?
    public var modifiedAt: WireTime?
    /// As the field `Idempotency-Key`, for this file.
    public var idempotencyKey: String?

    public init(
        name: String? = nil, type: String? = nil, sha256: String? = nil, modifiedAt: WireTime? = nil,
        idempotencyKey: String? = nil
    ) {
        self.name = name
        self.type = type
        self.sha256 = sha256
        self.modifiedAt = modifiedAt
        self.idempotencyKey = idempotencyKey
    }
}

/// The body of `POST /v1/uploads/finish`.
public struct BatchFinishDocument: Codable, Hashable, Sendable {
    public var uploads: [Item]

    public struct Item: Codable, Hashable, Sendable {
        public var id: String
        /// The expected SHA-256 of the content in hexadecimal.
        public var sha256: String?
        public var length: UInt64?

        public init(id: String, sha256: String? = nil, length: UInt64? = nil) {
            self.id = id
            self.sha256 = sha256
            self.length = length
        }
    }

    public init(uploads: [Item]) {
        self.uploads = uploads
    }
}

/// The results of a batch, in the order of the request. One that failed has not kept the others from their success.
public struct BatchResultsDocument: Codable, Hashable, Sendable {
    public var results: [Result]

    public struct Result: Codable, Hashable, Sendable {
        /// The status that a request for this one alone would have had.
        public var status: Int
        /// Present if it succeeded.
        public var blob: FinishedDocument?
        /// Present if it failed.
        public var problem: ProblemDocument?

        public init(status: Int, blob: FinishedDocument) {
            self.status = status
            self.blob = blob
        }

        public init(_ problem: Problem) {
            status = problem.status.code
            self.problem = problem.document
        }
    }

    public init(results: [Result]) {
        self.results = results
    }
}
