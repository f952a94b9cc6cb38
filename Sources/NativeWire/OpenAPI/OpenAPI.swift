import FoundationEssentials
import HTTPTypes

/// The description of the native API for machines (OpenAPI 3.1), made from the routes and the schemas.
public enum OpenAPI {
    /// The document as JSON, always with the same bytes.
    public static let document: [UInt8] = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, numbers and lists are always encodable.
        return (try? encoder.encode(json)).map(Array.init) ?? []
    }()

    private static var json: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Wharf", "version": .string(Version.current),
                "description": "Uploads that survive: any client, any network, any crash.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": paths,
            "security": [["bearer": []]],
            "components": [
                "schemas": .object(Dictionary(Schema.all.map { ($0.name, $0.json) }) { $1 }),
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description": "A token of the server’s token file, or a JWT of its identity provider.",
                    ]
                ],
                "responses": [
                    "Problem": [
                        "description": "What went wrong.",
                        "content": [
                            "application/problem+json": ["schema": SchemaType.document(Schema.problem.name).json]
                        ],
                    ]
                ],
            ],
        ]
    }

    private static var paths: JSONValue {
        let byTemplate = Dictionary(grouping: NativeRoute.all, by: \.template)
        return .object(
            byTemplate.mapValues { routes in
                .object(Dictionary(routes.map { ($0.method.rawValue.lowercased(), operation($0)) }) { $1 })
            })
    }

    private static func operation(_ route: NativeRoute) -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .string(route.operation.rawValue), "summary": .string(route.summary),
            "responses": responses(route),
        ]
        let parameters = route.operation.parameters
        if !parameters.isEmpty { operation["parameters"] = .array(parameters.map(\.json)) }
        if let request = route.operation.request {
            operation["requestBody"] = [
                "content": request.content, "required": .bool(!route.operation.isRequestOptional),
            ]
        }
        switch route.access {
        case .anyone: operation["security"] = []
        case .anyoneKnown: operation["security"] = [[:], ["bearer": []]]
        case .caller, .uploader: break
        case .operatorOnly: operation["description"] = "For operators only."
        }
        return .object(operation)
    }

    private static func responses(_ route: NativeRoute) -> JSONValue {
        var responses: [String: JSONValue] = ["default": ["$ref": "#/components/responses/Problem"]]
        for status in route.successes {
            var response: JSONValue = ["description": .string(status.reasonPhrase)]
            if let answer = route.operation.answer, status != .notModified {
                response = response.merging(["content": answer.content])
            }
            responses[String(status.code)] = response
        }
        return .object(responses)
    }
}
