internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import SegModels

/// `fss weights download`.
struct WeightsFetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Fetch the file of weights that a publisher offers.",
        discussion: """
            The file goes to $XDG_CACHE_HOME/swift-fss/weights (by default ~/.cache), where --backbone NAME finds it. It gets its \
            name when its SHA-256 agrees with the published one. A download that broke off goes on where it ended. No other \
            command fetches anything.

            Without a name, the known files are listed.

            Examples:
              fss weights download
              fss weights download resnet50-torchvision
              fss weights inspect ~/.cache/swift-fss/weights/resnet50-0676ba61.pth
            """)

    @Argument(help: ArgumentHelp("Which weights; none for a list.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("A mirror that has the same bytes, in place of the publisher's address.", valueName: "address"))
    var from: String?

    @OptionGroup var report: ReportOptions

    func run() async throws {
        guard let name else { return try list() }
        guard let weights = PublishedWeights.named(name) else {
            throw DownloadError.unknownName(name, known: PublishedWeights.all.map(\.name))
        }
        let (console, cache) = (report.console, WeightsCache.standard())
        console.note("\(weights.publisher): \(from ?? weights.address)")
        console.note("licence: \(weights.licence)")
        let (events, feed) = AsyncStream.makeStream(of: WeightsDownload.Progress.self, bufferingPolicy: .bufferingNewest(1))
        let download = WeightsDownload(weights, to: cache, from: from)
        async let result = Self.run(download, feed)
        let bar = ProgressBar(on: console)
        var clock: RunClock?
        for await event in events {
            let done = event.received >> 20
            let running = clock ?? RunClock("\(weights.fileName), MiB", total: (event.total ?? 0) >> 20, from: done)
            clock = running
            bar.update(running.progress(done))
        }
        bar.finish()
        let done = try await result
        console.line("\(done.wasThere ? "there already" : "fetched"), \(done.bytes) bytes, SHA-256 \(done.sha256): \(done.path)")
        try console.emit(done)
    }

    private static func run(
        _ download: WeightsDownload, _ feed: AsyncStream<WeightsDownload.Progress>.Continuation
    ) async throws -> WeightsDownload.Result {
        defer { feed.finish() }
        return try await download.run { feed.yield($0) }
    }

    private func list() throws {
        let cache = WeightsCache.standard()
        var table = TextTable(["name", "MiB", "file", "there", "publisher"], leftColumns: 1)
        for weights in PublishedWeights.all {
            let size = weights.mebibytes.map { "\(Int($0.rounded(.up)))" } ?? ""
            table.add([weights.name, size, weights.fileName, cache.holds(weights) ? "yes" : "no", weights.publisher])
        }
        report.console.table(table)
        try report.console.emit(PublishedWeights.all)
    }
}
