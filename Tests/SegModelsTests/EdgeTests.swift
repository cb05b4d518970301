internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Edges against OpenCV, pixel for pixel (`Scripts/goldens/edges.py`).
@Suite("Edges of OpenCV")
struct EdgeTests {
    static let names = ["drawn", "blurred", "noisy", "faint", "ramp", "flat", "column", "row", "pixel"]

    private static func goldens() throws -> StateDict {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Safetensors.load(contentsOf: folder.appendingPathComponent("edges.safetensors"))
    }

    private static func image(_ name: String, _ goldens: StateDict) throws -> GreyImage {
        let stored = try #require(goldens["\(name).image"])
        return GreyImage(
            height: stored.shape[0], width: stored.shape[1], values: stored.integers.map { UInt8($0) })
    }

    @Test("Every golden has a test")
    func complete() throws {
        let found = Set(try Self.goldens().names.compactMap { $0.split(separator: ".").first.map(String.init) })
        #expect(found == Set(Self.names))
    }

    @Test("Sobel's derivatives, with a replicated border", arguments: names)
    func sobel(_ name: String) throws {
        let goldens = try Self.goldens()
        let gradients = SobelGradients(try Self.image(name, goldens))
        #expect(gradients.dx.map { Int64($0) } == (try #require(goldens["\(name).dx"])).integers)
        #expect(gradients.dy.map { Int64($0) } == (try #require(goldens["\(name).dy"])).integers)
    }

    @Test("Canny's edges, aperture 3, L1 norm", arguments: names, [(100, 200), (20, 60), (0, 0)])
    func canny(_ name: String, _ thresholds: (low: Int, high: Int)) throws {
        let goldens = try Self.goldens()
        let image = try Self.image(name, goldens)
        var canny = CannyEdges()
        canny.low = Int32(thresholds.low)
        canny.high = Int32(thresholds.high)
        let expected = try #require(goldens["\(name).canny.\(thresholds.low).\(thresholds.high)"]).integers
        let found = canny(image).map { $0 ? Int64(1) : 0 }
        let wrong = found.indices.filter { found[$0] != expected[$0] }.map { ($0 / image.width, $0 % image.width) }
        #expect(found.count == expected.count && wrong.isEmpty, "rows and columns: \(wrong)")
    }

    @Test("The magnitude is one at its largest, and zero everywhere in a flat image")
    func magnitude() throws {
        let goldens = try Self.goldens()
        let drawn = SobelGradients(try Self.image("drawn", goldens)).normalizedMagnitude
        #expect(drawn.max() == 1 && drawn.allSatisfy { (0...1).contains($0) })
        #expect(SobelGradients(try Self.image("flat", goldens)).normalizedMagnitude.allSatisfy { $0 == 0 })
    }
}
