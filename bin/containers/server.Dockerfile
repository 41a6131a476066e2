# deepspeech-server without a model, from the repository's root:
#
#   docker build -f bin/containers/server.Dockerfile -t deepspeech-server .
#   docker run -p 2700:2700 -v ./models:/models:ro deepspeech-server --model /models/output_graph.pbmm
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-dev python3-venv
RUN python3 -m venv /opt/deepspeech
WORKDIR /source
COPY VERSION LICENSE setup.py pyproject.toml ./
COPY native_client native_client
COPY data/models data/models
RUN /opt/deepspeech/bin/pip install --no-cache-dir '.[audio,server]'
# What only serves to install, to compile and to test.
RUN /opt/deepspeech/bin/pip uninstall -y pip setuptools && cd /opt/deepspeech/lib/python3* && \
    find . -type d '(' -name tests -o -name include -o -name f2py ')' -prune \
        -exec rm -r '{}' + && find . -name '*.a' -delete

FROM debian:12-slim AS run
RUN apt-get update && apt-get install -y --no-install-recommends python3 && \
    useradd --uid 10001 --no-create-home deepspeech
COPY --from=build /opt/deepspeech /opt/deepspeech
# Of Debian only what the server loads goes along: Python, its libraries, theirs, the licences, and
# what was installed, for those who look for known faults.
RUN mkdir -p /image/usr/lib /image/usr/lib64 && install -d -m 1777 /image/tmp && cd / && \
    cp -a lib* /image && cp -a --parents opt/deepspeech usr/bin/python3* usr/lib/python3* usr/lib/os-release \
        etc/os-release etc/passwd etc/group var/lib/dpkg/status /image && \
    find usr/share '(' -path '*/doc/*/copyright' -o -path '*/common-licenses/*' ')' \
        -exec cp -a --parents -t /image '{}' + && \
    find opt/deepspeech usr/bin/python3* usr/lib/python3* -type f '(' -name '*.so*' -o -perm -1 ')' \
        -exec ldd '{}' + 2>/dev/null | awk '$NF ~ /^\(0x/ && $(NF - 1) ~ /^\// {print $(NF - 1)}' | \
        sort -u | xargs cp -L --parents -t /image

FROM scratch
COPY --from=run /image /
ENV PATH=/opt/deepspeech/bin:/usr/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    VOSK_SERVER_INTERFACE=0.0.0.0
USER deepspeech
EXPOSE 2700 10300
HEALTHCHECK CMD ["python3", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:2700/health')"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["deepspeech-server"]
CMD ["--model", "/models/output_graph.pbmm"]
