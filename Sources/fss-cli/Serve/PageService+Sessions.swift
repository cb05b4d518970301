internal import Datasets
internal import Diffusion

extension PageService {
    /// Sessions, their concepts and their results.
    static let sessionRoutes = [
        PageRoute("POST", "/api/sessions") { _, _, service in
            try PageAnswer(try await service.sessions.begin(), status: 201)
        },
        PageRoute("GET", "/api/sessions/:session") { _, values, service in
            try PageAnswer(try await service.sessions.state(of: values[0]))
        },
        PageRoute("PATCH", "/api/sessions/:session", body: .json) { request, values, service in
            let change = try service.decoded(SessionChange.self, request)
            return try PageAnswer(
                try await service.sessions.set(model: change.model, concept: change.concept, of: values[0]))
        },
        PageRoute("DELETE", "/api/sessions/:session") { _, values, service in
            await service.sessions.end(values[0])
            return PageAnswer(status: 204)
        },
        PageRoute("POST", "/api/sessions/:session/examples") { _, values, service in
            try PageAnswer(try await service.sessions.addExamples(to: values[0]), status: 201)
        },
        PageRoute("GET", "/api/sessions/:session/concept") { _, values, service in
            let concept = try await service.sessions.concept(of: values[0])
            return PageAnswer(
                download: try concept.fileBytes, name: "concept.\(Concept.fileExtension)", type: "application/octet-stream")
        },
        PageRoute("POST", "/api/sessions/:session/concept", body: .concept) { request, values, service in
            let concept = try Concept(fileBytes: request.body, file: "the concept")
            return try PageAnswer(try await service.sessions.add(concept, to: values[0]), status: 201)
        },
        PageRoute("GET", "/api/sessions/:session/exports/:format") { _, values, service in
            let archive = try await service.sessions.export(values[1], of: values[0])
            return PageAnswer(download: archive, name: "\(values[1]).zip", type: "application/zip")
        },
    ]
}

/// What changes about a session; what is left out stays.
private struct SessionChange: Decodable {
    var model: String?
    var concept: String?
}
