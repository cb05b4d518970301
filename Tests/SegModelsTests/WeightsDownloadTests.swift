import Foundation
import Synchronization
import TensorCore
import TestSupport
import Testing

@testable import SegModels

/// Published weights come whole and right into the cache, or not at all.
@Suite("Downloads of weights", .timeLimit(.minutes(2)))
struct WeightsDownloadTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    private static let weights = PublishedWeights(
        name: "small", backbone: "small", address: "https://example.org/models/small-1234.pth", sha256: SHA256.hex(content),
        mebibytes: 0.287, publisher: "nobody", licence: "none")

    private func withCache<Value>(_ body: (WeightsCache) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(WeightsCache(folder: folder))
    }

    private func download(_ server: LocalServer, _ cache: WeightsCache, _ weights: PublishedWeights = weights) -> WeightsDownload
    {
        var download = WeightsDownload(weights, to: cache, from: server.address + "/small-1234.pth")
        download.patience = (3, 0.01)
        return download
    }

    private func files(_ cache: WeightsCache) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: cache.folder.path)) ?? []).sorted()
    }

    @Test("A file comes with progress, and is not fetched again")
    func whole() async throws {
        let server = try LocalServer { .init(Self.content, for: $0) }
        try await withCache { (cache: WeightsCache) async throws in
            let heard = Mutex<[WeightsDownload.Progress]>([])
            let done = try await download(server, cache).run { event in heard.withLock { $0.append(event) } }
            #expect(done.bytes == Self.content.count && done.sha256 == Self.weights.sha256 && !done.wasThere)
            #expect(try [UInt8](Data(contentsOf: cache.place(of: Self.weights))) == Self.content)
            #expect(files(cache) == ["small-1234.pth"] && cache.holds(Self.weights))
            let events = heard.withLock { $0 }
            #expect(events.last == .init(received: Self.content.count, total: Self.content.count))
            #expect(events.map(\.received) == events.map(\.received).sorted())
            #expect(try await download(server, cache).run().wasThere)
            #expect(server.requests.count == 1 && server.requests[0].path == "/small-1234.pth")
        }
    }

    @Test("A connection that breaks off again and again is taken up where it ended")
    func broken() async throws {
        let server = try LocalServer { .init(Self.content, for: $0).cut(after: 70_000) }
        try await withCache { (cache: WeightsCache) async throws in
            _ = try await download(server, cache).run()
            #expect(try [UInt8](Data(contentsOf: cache.place(of: Self.weights))) == Self.content)
            let starts = server.requests.map { $0.start ?? 0 }
            #expect(starts.count >= 5 && starts == starts.sorted() && starts[1] > 0, "\(starts)")
        }
    }

    @Test("What an earlier process left is continued")
    func resumed() async throws {
        let server = try LocalServer { .init(Self.content, for: $0) }
        try await withCache { (cache: WeightsCache) async throws in
            try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
            try Data(Self.content.prefix(100_000)).write(to: cache.partial(of: Self.weights))
            _ = try await download(server, cache).run()
            #expect(try [UInt8](Data(contentsOf: cache.place(of: Self.weights))) == Self.content)
            #expect(server.requests.map(\.start) == [100_000])
        }
    }

    @Test("A left part of something else is found out by the digest, and the file is fetched as a whole")
    func wrongPart() async throws {
        let server = try LocalServer { .init(Self.content, for: $0) }
        for part in [Data(count: 1000), Data(count: Self.content.count + 5)] {
            try await withCache { (cache: WeightsCache) async throws in
                try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
                try part.write(to: cache.partial(of: Self.weights))
                _ = try await download(server, cache).run()
                #expect(try [UInt8](Data(contentsOf: cache.place(of: Self.weights))) == Self.content)
            }
        }
    }

    @Test("A server that knows no ranges sends the whole file again")
    func noRanges() async throws {
        let server = try LocalServer { request in
            let answer = LocalServer.Answer(Self.content)
            return request.number == 0 ? answer.cut(after: 50_000) : answer
        }
        try await withCache { (cache: WeightsCache) async throws in
            _ = try await download(server, cache).run()
            #expect(try [UInt8](Data(contentsOf: cache.place(of: Self.weights))) == Self.content)
            #expect(server.requests.count == 2)
        }
    }

    @Test("Wrong bytes are refused with both digests, and nothing is left")
    func wrongBytes() async throws {
        let wrong = Self.content.reversed()
        let server = try LocalServer { _ in .init(wrong) }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(server, cache).run() }
            #expect(
                error
                    == .wrongBytes(
                        address: server.address + "/small-1234.pth", found: SHA256.hex(Array(wrong)),
                        expected: Self.weights.sha256))
            #expect(files(cache).isEmpty)
        }
    }

    @Test("A length that is a lie is found out, in both directions and without filling the disk")
    func lengths() async throws {
        let long = try LocalServer { _ in
            var answer = LocalServer.Answer([UInt8](repeating: 0, count: 3_000_000))
            answer.announced = nil
            return answer
        }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(long, cache).run() }
            #expect(error == .tooLong(address: long.address + "/small-1234.pth", limit: Self.weights.byteLimit))
            #expect(files(cache).isEmpty)
        }
        let boasting = try LocalServer { _ in
            var answer = LocalServer.Answer(Self.content)
            answer.announced = 1 << 40
            return answer
        }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(boasting, cache).run() }
            let isExpected = if case .tooLong? = error { true } else { false }
            #expect(isExpected, "\(String(describing: error))")
        }
        // The announced end is the truth for the reader: what follows is not read, and the digest says that it is wrong.
        let short = try LocalServer { _ in
            var answer = LocalServer.Answer(Self.content)
            answer.announced = 1000
            return answer
        }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(short, cache).run() }
            let isExpected = if case .wrongBytes? = error { true } else { false }
            #expect(isExpected, "\(String(describing: error))")
        }
    }

    @Test("A server that sends nothing is asked three times; what came stays")
    func silent() async throws {
        let server = try LocalServer { request in
            LocalServer.Answer(Self.content, for: request).cut(after: request.number == 0 ? 1000 : 0)
        }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(server, cache).run() }
            #expect(error?.description.contains("broke off after 1000") == true, "\(String(describing: error))")
            #expect(server.requests.count == 4)
            let left = try Data(contentsOf: cache.partial(of: Self.weights))
            #expect(left.count == 1000)
        }
    }

    @Test("An answer that is no file is an error with its number")
    func refused() async throws {
        let server = try LocalServer { _ in
            var answer = LocalServer.Answer(Array("<html>".utf8))
            answer.status = "403 Forbidden"
            return answer
        }
        try await withCache { (cache: WeightsCache) async throws in
            let error = await #expect(throws: DownloadError.self) { try await download(server, cache).run() }
            #expect(error == .refused(address: server.address + "/small-1234.pth", status: 403))
            #expect(server.requests.count == 1 && files(cache).isEmpty)
        }
        try await withCache { (cache: WeightsCache) async throws in
            let file = WeightsDownload(Self.weights, to: cache, from: "file:///etc/passwd")
            await #expect(throws: DownloadError.address("file:///etc/passwd")) { try await file.run() }
        }
    }

    @Test("Two at once: the second is told, and the first goes on")
    func busy() async throws {
        let server = try LocalServer { .init(Self.content, for: $0) }
        try await withCache { (cache: WeightsCache) async throws in
            try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
            let first = try PartialFile(cache.partial(of: Self.weights))
            await #expect(throws: DownloadError.busy(cache.partial(of: Self.weights).path)) {
                try await download(server, cache).run()
            }
            _ = first.count
        }
        #expect(server.requests.isEmpty)
    }

    @Test("Every known file has a name of its own, https, a digest of 8 or 64 digits, and a licence")
    func table() {
        let all = PublishedWeights.all
        #expect(Set(all.map(\.name)).count == all.count && Set(all.map(\.fileName)).count == all.count)
        for weights in all {
            #expect(weights.address.hasPrefix("https://") && !weights.licence.isEmpty, "\(weights.name)")
            #expect(weights.sha256.wholeMatch(of: /[0-9a-f]{8}|[0-9a-f]{64}/) != nil, "\(weights.name)")
            let stem = weights.address.dropLast(4)
            #expect(stem.hasSuffix("-" + weights.sha256) || weights.address.contains("/\(weights.sha256)/"), "\(weights.name)")
        }
        #expect(PublishedWeights.named("resnet50-torchvision")?.fileName == "resnet50-0676ba61.pth")
        #expect(PublishedWeights.named("nothing") == nil)
    }

    @Test("Every file that can be fetched is one of a backbone that is known by name")
    func presets() {
        for weights in PublishedWeights.all { #expect(Backbones.names.contains(weights.backbone), "\(weights.name)") }
    }

    @Test("The cache is where XDG says")
    func place() {
        let given = WeightsCache.standard(environment: ["XDG_CACHE_HOME": "/x/cache"])
        #expect(given.folder.path == "/x/cache/swift-fss/weights")
        #expect(WeightsCache.standard(environment: ["XDG_CACHE_HOME": "x"]).folder.path.hasSuffix("/.cache/swift-fss/weights"))
    }
}
