internal import Diffusion
internal import Foundation

/// An answer to a request.
struct PageAnswer: Sendable {
    var status: Int
    var headers: [(String, String)] = []
    var body: [UInt8] = []

    /// What every answer says: nothing is kept, nothing is guessed, nothing comes from elsewhere, no other page may hold this one.
    static let common: [(String, String)] = [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    ]

    /// Bytes of a media type.
    init(_ body: [UInt8], type: String, status: Int = 200) {
        self.status = status
        self.body = body
        headers = [("Content-Type", type)]
    }

    /// Nothing to say.
    init(status: Int) { self.status = status }

    /// A value as JSON.
    init(_ value: some Encodable, status: Int = 200) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init([UInt8](try encoder.encode(value)), type: "application/json", status: status)
    }

    /// A file to keep, under a name of plain letters.
    init(download body: [UInt8], name: String, type: String) {
        self.init(body, type: type)
        headers.append(("Content-Disposition", "attachment; filename=\"\(name)\""))
    }

    /// A refusal in words.
    static func refusal(_ status: Int, _ text: String) -> PageAnswer {
        (try? PageAnswer(["error": text], status: status)) ?? PageAnswer(status: status)
    }

    /// What went wrong, in words that are meant for the user; what is ours to repair says no more than that.
    init(_ error: any Error) {
        switch error {
        case let error as PhotoSessionError: self = .refusal(error.status, error.description)
        case is CancellationError: self = .refusal(503, "the server is ending")
        default: self = .refusal(422, "\(error)")
        }
    }
}

extension PhotoSessionError {
    /// The status of the answer.
    fileprivate var status: Int {
        switch self {
        case .missing: 404
        case .limit: 413
        case .unusable: 422
        case .early: 409
        case .busy: 503
        }
    }
}
