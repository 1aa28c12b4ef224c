// Shows what a link is about and, on Continue, exchanges its secret for a cookie.
// Everything that comes from people is put into text nodes.
'use strict';
(() => {
  const KEPT = 'tandem-link';
  const { proof, api } = document.body.dataset;
  const element = id => document.getElementById(id);

  const WHAT = { document: 'a document', folder: 'a folder', server: 'all files of this server' };
  const ROLES = {
    viewer: 'look at it as it changes, and see who is there',
    commenter: 'look at it and comment',
    suggester: 'look at it, comment and suggest changes',
    editor: 'look at it, comment and change it'
  };
  const RUN = ' and run code as its owner, on their computer, with their files';

  // The secret leaves the address bar and the history at once. Signing in leads away and back: it is kept
  // in this tab for that long.
  function takeSecret() {
    const secret = location.hash.slice(1);
    if (secret) {
      history.replaceState(null, '', location.pathname);
      return secret;
    }
    const kept = sessionStorage.getItem(KEPT) ?? '';
    sessionStorage.removeItem(KEPT);
    return kept;
  }

  async function ask(what, body) {
    const response = await fetch(`${api}/${what}`, {
      method: 'POST',
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
      headers: { 'Content-Type': 'application/json', 'X-XSRFToken': proof },
      body: JSON.stringify(body)
    });
    let answer;
    try {
      answer = await response.json();
    } catch {
      answer = {};
    }
    if (!response.ok) {
      throw new Error(answer.message || 'Something went wrong. Try again in a moment.');
    }
    return answer;
  }

  function say(title, sentence) {
    element('title').textContent = title;
    element('sentence').textContent = sentence;
    document.querySelector('main').setAttribute('aria-busy', 'false');
  }

  function show(preview) {
    const name = preview.name || WHAT[preview.kind] || '';
    say(
      preview.by ? `${preview.by} shares “${name}” with you` : `“${name}” is shared with you`,
      ''
    );
    document.title = 'Shared with you';
    element('what').textContent = `${name} (${WHAT[preview.kind] ?? preview.kind})`;
    element('by').textContent = preview.by || 'the owner of this server';
    element('role').textContent =
      (ROLES[preview.role] ?? preview.role) + (preview.may_run ? RUN : '');
    element('until').textContent = preview.expires_at
      ? new Date(preview.expires_at * 1000).toLocaleString()
      : 'it is taken back';
    element('name').value = preview.known_as ?? preview.suggested_name;
    element('name-field').hidden = preview.known_as !== null;
    element('password-field').hidden = !preview.password;
    element('continue').hidden = preview.sign_in;
    element('form').hidden = false;
    if (preview.sign_in) {
      element('sentence').textContent =
        'This link is for people with an account here. Sign in first.';
      const link = element('sign-in');
      link.href = preview.login_url;
      link.hidden = false;
    }
    element('title').focus();
  }

  async function open() {
    const secret = takeSecret();
    if (!secret) {
      say(
        'Open the link again',
        'For your safety the link is not kept here. Open it from where you got it.'
      );
      return;
    }
    let preview;
    try {
      preview = await ask('look', { secret });
    } catch (error) {
      say('This link does not open', error.message);
      return;
    }
    show(preview);
    element('sign-in').addEventListener('click', () => sessionStorage.setItem(KEPT, secret));
    element('form').addEventListener('submit', async event => {
      event.preventDefault();
      element('continue').disabled = true;
      try {
        const answer = await ask('redeem', {
          secret,
          display_name: preview.known_as === null ? element('name').value : '',
          password: element('password').value
        });
        location.replace(answer.url);
      } catch (error) {
        element('sentence').textContent = error.message;
        element('continue').disabled = false;
      }
    });
  }

  void open();
})();
