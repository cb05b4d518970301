internal import Datasets
internal import Foundation

/// The page's own files, read once.
struct PageFiles: Sendable {
    /// Their names; no other file is ever read.
    static let names = [
        "index.html", "page.css", "canvas.js", "files.js", "marks.js", "page.js", "tour.js", "icon.svg", "openapi.json",
    ]

    private let contents: [String: [UInt8]]

    /// Reads them.
    ///
    /// - Throws: `RunError` where they were left out of the build.
    init() throws {
        contents = try Dictionary(uniqueKeysWithValues: Self.names.map { name in (name, try Self.content(name)) })
    }

    /// One of the files.
    func answer(_ name: String) throws -> PageAnswer {
        let ending = name.split(separator: ".").last ?? ""
        return PageAnswer(contents[name] ?? [], type: Self.types[String(ending)] ?? "application/octet-stream")
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "json": "application/json",
    ]

    private static func content(_ name: String) throws -> [UInt8] {
        guard let file = Bundle.module.url(forResource: "Page/\(name)", withExtension: nil),
            let content = try? Data(contentsOf: file)
        else {
            throw RunError.file(
                name, found: "no such file in this build", expected: "the files of the page",
                advice: "build fss again, and keep its folder of resources beside it")
        }
        return [UInt8](content)
    }
}
