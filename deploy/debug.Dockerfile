# The image of debug, which syncs into a DuckDB file. DuckDB is C: the program is
# linked statically, so that the image holds nothing else.
#
#   docker build --file deploy/debug.Dockerfile --tag intercom-debug .
#   docker run --rm --volume intercom:/data --env INTERCOM_ACCESS_TOKEN intercom-debug
#
# The base is only what compiles: nothing of it is in an image but its list of
# certificate authorities. A digest fixes it, and without any base it goes as well:
# docs/deploying.md says how.

ARG GO_IMAGE=golang:1.26.11
FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY . .
# The build fetches the modules of its program alone, not those of every test.
RUN CGO_ENABLED=1 go build -trimpath -tags netgo,osusergo -ldflags='-s -w -linkmode external -extldflags -static' -o /out/debug ./cmd/debug
# What brings a lake in S3 here, for query --lake.
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/operator ./cmd/operator
RUN mkdir -m 700 /out/data /out/tmp

FROM scratch AS debug
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/debug /debug
COPY --from=build /out/operator /operator
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/debug"]
CMD ["sync", "--quiet", "--wait", "--directory", "/data"]
