internal import Diffusion

extension PageService {
    /// Photos, what is marked in them and what is found in them.
    static let photoRoutes = [
        PageRoute("POST", "/api/sessions/:session/photos", body: .photo) { request, values, service in
            let name = request.arguments["name"] ?? ""
            return try PageAnswer(
                try await service.sessions.addPhoto(request.body, name: name, to: values[0]), status: 201)
        },
        PageRoute("GET", "/api/sessions/:session/photos/:photo") { _, values, service in
            let file = try await service.sessions.file(of: values[1], in: values[0])
            return PageAnswer(file.bytes, type: file.mediaType)
        },
        PageRoute("DELETE", "/api/sessions/:session/photos/:photo") { _, values, service in
            try PageAnswer(try await service.sessions.removePhoto(values[1], from: values[0]))
        },
        PageRoute("PUT", "/api/sessions/:session/photos/:photo/marks", body: .json) { request, values, service in
            let marks = try service.decoded(PhotoMarks.self, request)
            return try PageAnswer(try await service.sessions.mark(values[1], of: values[0], with: marks))
        },
        PageRoute("DELETE", "/api/sessions/:session/photos/:photo/marks") { _, values, service in
            try PageAnswer(try await service.sessions.mark(values[1], of: values[0], with: nil))
        },
        PageRoute("POST", "/api/sessions/:session/photos/:photo/features") { _, values, service in
            try await service.sessions.prepare(values[1], of: values[0])
            return PageAnswer(status: 204)
        },
        PageRoute("POST", "/api/sessions/:session/photos/:photo/result") { _, values, service in
            try PageAnswer(try await service.sessions.segment(values[1], of: values[0]))
        },
    ]
}
