internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a page in the browser: mark a thing in one photo, see it found in others.",
        discussion: """
            The page is served to this machine alone, on a free port, and its address is printed. Photos stay in memory and \
            are gone when their session ends, at the latest with the command (Ctrl-C). With --host others may connect: the \
            address that is printed then holds a token, which every request must carry.

            Backbones that `fss weights download` fetched can be chosen on the page; without any there is the small model of \
            drawn shapes, and three drawn photos to try it on. What the page asks, scripts may ask, too: /openapi.json says how.

            Examples:
              fss serve --open
              fss serve --backbone resnet50-torchvision=resnet50.pth --port 8080
              fss serve --host 0.0.0.0 --port 8080
            """)

    @Option(help: ArgumentHelp("The port; by default a free one.", valueName: "port"))
    var port: UInt16 = 0

    @Option(
        help: ArgumentHelp(
            "A numeric address to listen on in place of 127.0.0.1; others than this machine need a token.", valueName: "address"))
    var host = "127.0.0.1"

    @Flag(help: "Open the page in the browser.")
    var open = false

    @OptionGroup var model: ModelOptions

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try common.apply()
        let models = SessionModels(
            try offered, sampling: model.sampling.choice, threshold: model.sampling.thresholdValue, compute: common.compute)
        models.models.first?.remarks.forEach(common.console.note)
        let server = PageServer(PageService(sessions: PhotoSessions(models: models), files: try PageFiles()))
        let token = PageGuard.isLoopback(host) ? nil : Self.makeToken()
        let loading = Task { try await models.load(models.models[0].name) }
        do {
            try await server.serve(address: host, port: port, token: token) { port in
                try Self.announce(host, port, token, common.console)
                if open { Self.openBrowser(Self.address(host, port, token)) }
            }
        } catch is CancellationError {
            common.console.note("\nThe page is closed; nothing of its photos is left.")
        }
        _ = await loading.result
    }

    /// The model that options name alone, or all that are there.
    private var offered: [SessionModel] {
        get throws {
            guard model.isNamed else { return SessionModel.available() }
            let choice = try model.choice
            let files = try model.files.backbones.map { choice in
                choice.name ?? URL(fileURLWithPath: choice.weights).lastPathComponent
            }
            let name = files.isEmpty ? SessionModel.shapes : files.joined(separator: " and ")
            let named = SessionModel(name: name, choice: choice)
            return [named] + SessionModel.available().filter { $0.name != named.name }
        }
    }

    private static func announce(_ host: String, _ port: UInt16, _ token: String?, _ console: Console) throws {
        console.line("The page: \(address(host, port, token))")
        if token != nil { console.line("Who has this address may use it; others are refused.") }
        console.note("End with Ctrl-C.")
        try console.emit(ServeReport(address: address(host, port, nil), port: port, token: token))
    }

    private static func address(_ host: String, _ port: UInt16, _ token: String?) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "http://\(name):\(port)/" + (token.map { "?token=\($0)" } ?? "")
    }

    private static func makeToken() -> String {
        var random = SystemRandomNumberGenerator()
        let words = (0..<2).map { _ in String(UInt64.random(in: 0...(.max), using: &random), radix: 16) }
        return words.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
    }

    /// Asks the desktop for its browser; where there is none, the address was printed.
    private static func openBrowser(_ address: String) {
        #if os(macOS)
        let opener = "open"
        #else
        let opener = "xdg-open"
        #endif
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [opener, address]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try? process.run()
    }
}

/// What `serve --json` prints once the page is there.
private struct ServeReport: Encodable {
    var address: String
    var port: UInt16
    var token: String?
}
