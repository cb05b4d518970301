internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// One connection that appends to a partial file what is missing in it.
final class WeightsTransfer: NSObject, URLSessionDataDelegate, Sendable {
    /// How a connection ended.
    enum Outcome: Sendable {
        case whole
        case failed(DownloadError)
    }

    private struct State {
        var total: Int?
        var received: Int
        var failure: DownloadError?
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    private let url: URL
    private let partial: PartialFile
    private let limit: Int
    private let observe: @Sendable (WeightsDownload.Progress) -> Void
    private let state: Mutex<State>

    init(
        _ url: URL, into partial: PartialFile, limit: Int, _ observe: @escaping @Sendable (WeightsDownload.Progress) -> Void
    ) {
        (self.url, self.partial, self.limit, self.observe) = (url, partial, limit, observe)
        state = Mutex(State(received: partial.count))
    }

    /// Connects and waits for the end.
    func run() async -> Outcome {
        let settings = URLSessionConfiguration.ephemeral
        settings.timeoutIntervalForRequest = 60
        settings.urlCache = nil
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        var request = URLRequest(url: url)
        // Compressed on the way, the bytes would not be those of the range.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        let start = state.withLock { $0.received }
        if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
        let task = session.dataTask(with: request)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.continuation = continuation }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let failure = begin(response)
        if let failure { state.withLock { $0.failure = failure } }
        completionHandler(failure == nil ? .allow : .cancel)
        // Foundation without Apple's passes over what the handler is told.
        if failure != nil { dataTask.cancel() }
    }

    /// Reads what the server is about to send.
    private func begin(_ response: URLResponse) -> DownloadError? {
        guard let answer = response as? HTTPURLResponse else { return .refused(address: url.absoluteString, status: 0) }
        let announced = answer.expectedContentLength > 0 ? Int(answer.expectedContentLength) : nil
        let start = state.withLock { $0.received }
        switch answer.statusCode {
        case 206 where Self.range(of: answer)?.start == start:
            state.withLock { $0.total = Self.range(of: answer)?.total ?? announced.map { start + $0 } }
        case 200:
            // The whole file, whatever was asked for.
            partial.truncate()
            state.withLock { ($0.received, $0.total) = (0, announced) }
        case 416, 206:
            // What is there does not go on at the server's: it is fetched anew.
            partial.truncate()
            return .broken(address: url.absoluteString, received: 0, expected: nil, reason: "the file there has changed")
        default: return .refused(address: url.absoluteString, status: answer.statusCode)
        }
        let total = state.withLock { $0.total } ?? 0
        return total > limit ? .tooLong(address: url.absoluteString, limit: limit) : nil
    }

    /// `bytes START-END/TOTAL`
    private static func range(of answer: HTTPURLResponse) -> (start: Int, total: Int?)? {
        guard let text = answer.value(forHTTPHeaderField: "Content-Range"),
            let match = text.wholeMatch(of: #/\s*bytes\s+(\d+)-\d+/(\d+|\*)\s*/#), let start = Int(match.1)
        else { return nil }
        return (start, Int(match.2))
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isGoingOn = state.withLock { state -> Bool in
            guard state.failure == nil else { return false }
            guard state.received + data.count <= limit else {
                state.failure = .tooLong(address: url.absoluteString, limit: limit)
                return false
            }
            do throws(DownloadError) {
                try partial.append(data)
            } catch {
                state.failure = error
                return false
            }
            state.received += data.count
            return true
        }
        guard isGoingOn else { return dataTask.cancel() }
        let (received, total) = state.withLock { ($0.received, $0.total) }
        observe(WeightsDownload.Progress(received: received, total: total))
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (outcome, continuation) = state.withLock { state in
            let continuation = state.continuation
            state.continuation = nil
            return (end(state, error), continuation)
        }
        continuation?.resume(returning: outcome)
    }

    private func end(_ state: State, _ error: (any Error)?) -> Outcome {
        if let failure = state.failure { return .failed(failure) }
        func broken(_ reason: String) -> Outcome {
            .failed(.broken(address: url.absoluteString, received: state.received, expected: state.total, reason: reason))
        }
        if let error { return broken(error.localizedDescription) }
        if let total = state.total, state.received < total { return broken("the connection ended too early") }
        return .whole
    }
}
